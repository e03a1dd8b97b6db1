#include "services/allmende/command/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace allmende::command {
namespace {

constexpr long kConnectSeconds = 5;
constexpr long kSilenceSeconds = 300;  // a server that takes in a long list may be silent for a while

std::string KeyOf(const ServerOptions& options) {
  std::string key;
  if (!options.key_file.empty()) {
    std::ifstream(options.key_file) >> key;
  } else if (const char* value = std::getenv("ALLMENDE_KEY")) {  // NOLINT(concurrency-mt-unsafe): one thread
    key = value;
  }
  return key;
}

size_t TakeBody(char* bytes, size_t size, size_t count, void* reply) {
  static_cast<HttpReply*>(reply)->body.append(bytes, size * count);
  return size * count;
}

size_t TakeHeader(char* bytes, size_t size, size_t count, void* reply) {
  const std::string_view line(bytes, size * count);
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string name;
    for (const char letter : line.substr(0, colon)) name += static_cast<char>(std::tolower(letter));
    const auto first = line.find_first_not_of(" \t", colon + 1);
    const auto last = line.find_last_not_of("\r\n \t");
    if (first != std::string_view::npos && first <= last) {
      static_cast<HttpReply*>(reply)->headers[name] = std::string(line.substr(first, last - first + 1));
    }
  }
  return size * count;
}

size_t GiveFile(char* buffer, size_t size, size_t count, void* file) {
  return std::fread(buffer, size, count, static_cast<std::FILE*>(file));
}

using ProgressFunction = std::function<void(std::int64_t, std::int64_t)>;
int TakeProgress(void* function, curl_off_t, curl_off_t, curl_off_t total, curl_off_t sent) {
  if (total > 0) (*static_cast<ProgressFunction*>(function))(sent, total);
  return 0;
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = curl_easy_init();
  curl_slist* headers = nullptr;

  ~Handle() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }
  void Add(const std::string& header) { headers = curl_slist_append(headers, header.c_str()); }
};

std::string QueryString(const Parameters& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    char* escaped = curl_easy_escape(nullptr, value.c_str(), static_cast<int>(value.size()));
    query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, escaped);
    curl_free(escaped);
  }
  return query;
}

HttpClient::HttpClient(const ServerOptions& options, const Console& console)
    : url_(options.url), key_(KeyOf(options)), console_(console), handle_(std::make_unique<Handle>()) {
  while (url_.ends_with('/')) url_.pop_back();
}

HttpClient::~HttpClient() = default;

void HttpClient::SetHeaders(const std::string& content_type) {
  curl_slist_free_all(handle_->headers);
  handle_->headers = nullptr;
  handle_->Add("Accept: application/json");
  handle_->Add("Expect:");
  handle_->Add(console_.language() == Language::kGerman ? "Accept-Language: de" : "Accept-Language: en");
  if (!content_type.empty()) handle_->Add("Content-Type: " + content_type);
  if (!key_.Reveal().empty()) handle_->Add("Authorization: Bearer " + key_.Reveal());
}

HttpReply HttpClient::Perform(const std::string& path) {
  CURL* curl = handle_->curl;
  HttpReply reply;
  const std::string url = url_ + path;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, handle_->headers);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
  if (curl_easy_perform(curl) == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
  }
  curl_easy_reset(curl);  // keeps the connection
  return reply;
}

HttpReply HttpClient::Get(const std::string& path) {
  SetHeaders("");
  return Perform(path);
}

HttpReply HttpClient::Post(const std::string& path, std::string_view json) {
  SetHeaders("application/json");
  curl_easy_setopt(handle_->curl, CURLOPT_POSTFIELDS, json.data());
  curl_easy_setopt(handle_->curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  return Perform(path);
}

HttpReply HttpClient::Upload(const std::string& path, const std::filesystem::path& file,
                             const std::string& content_type, ProgressFunction progress) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"), std::fclose);
  if (stream == nullptr) return {};
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) return {};
  SetHeaders(content_type);
  CURL* curl = handle_->curl;
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size));
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, GiveFile);
  curl_easy_setopt(curl, CURLOPT_READDATA, stream.get());
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, TakeProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &progress);
  return Perform(path);
}

int HttpClient::Explain(const HttpReply& reply) const {
  if (reply.status == 0) {
    return console_.Fail(kUnreachable,
                         fmt::format(fmt::runtime(console_.Say("{} antwortet nicht.", "{} does not answer.")), url_),
                         console_.Say("Läuft der Server (`allmende serve`), und stimmt --server?",
                                      "Is the server running (`allmende serve`), and is --server right?"));
  }
  const auto problem = nlohmann::json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  std::string what = fmt::format("HTTP {}", reply.status);
  if (problem.is_object()) {
    what = problem.value("detail", problem.value("title", what));
    for (const auto& error : problem.value("errors", nlohmann::json::array())) {
      what +=
          fmt::format("\n  {}: {}", error.value("pointer", error.value("parameter", "")), error.value("detail", ""));
    }
  }
  const bool not_allowed = reply.status == 401 || reply.status == 403;
  return console_.Fail(not_allowed           ? kNotAllowed
                       : reply.status == 503 ? kUnreachable
                                             : kFailed,
                       what,
                       not_allowed ? console_.Say("Ein Schlüssel mit dem nötigen Recht: `allmende key create --help`.",
                                                  "A key with the right that is needed: `allmende key create --help`.")
                                   : "");
}

}  // namespace allmende::command
