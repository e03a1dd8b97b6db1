#include "services/registry/handlers/import.h"

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/name.h"
#include "common/resource/page_token.h"
#include "services/registry/handlers/import_run.h"
#include "services/registry/importing/mapping.h"
#include "services/registry/importing/presets.h"

namespace allmende::registry {

absl::StatusOr<v1::ImportResponse> ImportHandlers::ImportAreas(CallContext& call, Reader& reader) {
  return Import(call, reader, v1::ImportMapping::AREAS);
}

absl::StatusOr<v1::ImportResponse> ImportHandlers::ImportActors(CallContext& call, Reader& reader) {
  return Import(call, reader, v1::ImportMapping::ACTORS);
}

absl::StatusOr<v1::ImportResponse> ImportHandlers::Import(CallContext& call, Reader& reader,
                                                          v1::ImportMapping::Target target) {
  v1::ImportRequest message;
  if (!reader.Read(&message)) return FieldError("parent", Reason::FIELD_REQUIRED);
  ASSIGN_OR_RETURN(ImportPlan plan, PlanImport(message, target));
  ASSIGN_OR_RETURN(const std::unique_ptr<ImportRun> run, ImportRun::Start(store_, clock_, call, std::move(plan)));
  ASSIGN_OR_RETURN(std::optional<v1::ImportResponse> earlier, run->EarlierAnswer());
  if (earlier) return *std::move(earlier);
  absl::Status status;
  do {
    status = run->Take(message);
    message.Clear();
  } while (status.ok() && reader.Read(&message));
  if (status.ok() && call.cancelled()) status = Error(Reason::CALL_CANCELLED);
  if (status.ok()) {
    absl::StatusOr<v1::ImportResponse> response = run->Finish();
    if (response.ok()) return response;
    status = response.status();
  }
  run->BreakOff();
  return status;
}

absl::StatusOr<v1::ListImportPresetsResponse> ImportHandlers::ListImportPresets(
    CallContext& call, const v1::ListImportPresetsRequest& request) {
  constexpr int kUsualPage = 50;
  ASSIGN_OR_RETURN(const int size, resource::ReadPageSize(request, kUsualPage));
  ASSIGN_OR_RETURN(const std::string cursor, resource::ReadPageToken(request));
  std::size_t at = 0;
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), at);
  v1::ListImportPresetsResponse response;
  const auto presets = importing::Presets();
  for (; at < presets.size() && response.import_presets_size() < size; ++at) {
    ASSIGN_OR_RETURN(const importing::ImportMapping mapping, importing::ParseMapping(presets[at].json));
    v1::ImportPreset& preset = *response.add_import_presets();
    preset.set_name(std::string(presets[at].name));
    const auto& text = mapping.description();
    preset.set_description(call.language == Language::kGerman ? text.de() : text.en());
    preset.set_mapping(std::string(presets[at].json));
  }
  if (at < presets.size()) response.set_next_page_token(resource::MakePageToken(request, std::to_string(at)));
  return response;
}

}  // namespace allmende::registry
