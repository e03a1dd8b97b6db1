#include "services/allmende/backup/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace allmende::backup {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kBlock = 1U << 20U;

absl::Status Trouble(const fs::path& file) { return Error(Reason::TEMPORARILY_UNAVAILABLE, {{"what", file.string()}}); }
absl::Status NoArchive(const fs::path& file) {
  return FieldError(file.string(), Reason::MALFORMED, {{"value", file.string()}, {"expected", "allmende backup"}});
}

struct FreeWriter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct FreeReader {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

absl::Status Add(archive* out, const Entry& entry) {
  std::ifstream in(entry.file, std::ios::binary);
  std::error_code failed;
  const auto size = fs::file_size(entry.file, failed);
  if (!in || failed) return Trouble(entry.file);
  const std::unique_ptr<archive_entry, FreeEntry> header(archive_entry_new());
  archive_entry_set_pathname(header.get(), entry.name.c_str());
  archive_entry_set_size(header.get(), static_cast<la_int64_t>(size));
  archive_entry_set_filetype(header.get(), AE_IFREG);
  archive_entry_set_perm(header.get(), 0600);
  if (archive_write_header(out, header.get()) != ARCHIVE_OK) return Trouble(entry.file);
  std::vector<char> block(kBlock);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (got > 0 && archive_write_data(out, block.data(), got) != static_cast<la_ssize_t>(got)) {
      return Trouble(entry.file);
    }
  }
  return in.eof() ? absl::OkStatus() : Trouble(entry.file);
}

absl::Status SyncFile(const fs::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Trouble(file);
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  return synced ? absl::OkStatus() : Trouble(file);
}

absl::Status Extract(archive* in, const fs::path& file, const fs::path& archive_file) {
  const mode_t before = umask(0077);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  umask(before);
  std::vector<char> block(kBlock);
  while (true) {
    const la_ssize_t got = archive_read_data(in, block.data(), block.size());
    if (got < 0) return NoArchive(archive_file);
    if (got == 0) break;
    out.write(block.data(), got);
  }
  out.flush();
  if (!out.good()) return Trouble(file);
  return SyncFile(file);
}

bool IsPlainName(const fs::path& name) {
  return !name.empty() && name == name.filename() && name != "." && name != "..";
}

}  // namespace

absl::Status Pack(const fs::path& archive_file, const std::vector<Entry>& entries) {
  const fs::path fresh = archive_file.string() + ".new";
  const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return Trouble(archive_file);
  const std::unique_ptr<archive, FreeWriter> out(archive_write_new());
  archive_write_add_filter_gzip(out.get());
  archive_write_set_filter_option(out.get(), "gzip", "compression-level", "3");
  archive_write_set_format_pax_restricted(out.get());
  absl::Status status = archive_write_open_fd(out.get(), descriptor) == ARCHIVE_OK ? absl::OkStatus() : Trouble(fresh);
  for (const Entry& entry : entries) {
    if (status.ok()) status = Add(out.get(), entry);
  }
  if (archive_write_close(out.get()) != ARCHIVE_OK && status.ok()) status = Trouble(fresh);
  if (fsync(descriptor) != 0 && status.ok()) status = Trouble(fresh);
  close(descriptor);
  if (status.ok() && std::rename(fresh.c_str(), archive_file.c_str()) != 0) status = Trouble(archive_file);
  if (!status.ok()) unlink(fresh.c_str());
  return status;
}

absl::Status Unpack(const fs::path& archive_file, const fs::path& folder) {
  const std::unique_ptr<archive, FreeReader> in(archive_read_new());
  archive_read_support_filter_gzip(in.get());
  archive_read_support_format_tar(in.get());
  if (archive_read_open_filename(in.get(), archive_file.c_str(), kBlock) != ARCHIVE_OK) {
    return fs::exists(archive_file) ? NoArchive(archive_file) : Trouble(archive_file);
  }
  while (true) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(in.get(), &entry);
    if (result == ARCHIVE_EOF) return absl::OkStatus();
    if (result != ARCHIVE_OK) return NoArchive(archive_file);
    const fs::path name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || !IsPlainName(name)) return NoArchive(archive_file);
    RETURN_IF_ERROR(Extract(in.get(), folder / name, archive_file));
  }
}

}  // namespace allmende::backup
