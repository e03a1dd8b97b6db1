#include "common/standard/changes.h"

#include <fmt/format.h>

namespace allmende::standard {

type::v1::Change ToChange(const std::vector<const store::ResourceType*>& types, std::string_view landscape,
                          const store::Commit& commit, const store::Change& change) {
  type::v1::Change told;
  told.set_revision(commit.revision);
  told.set_kind(static_cast<type::v1::Change::Kind>(change.kind));
  told.set_resource_name(fmt::format("landscapes/{}/{}/{}", landscape, change.collection, change.id));
  *told.mutable_time() = ToProto(commit.time);
  told.set_principal(commit.principal);
  told.set_method(commit.method);
  told.set_request_id(commit.request_id);
  for (const store::ResourceType* type : types) {
    if (type->collection != change.collection) continue;
    told.set_resource_name(type->NameOf(landscape, change.id));
    told.mutable_resource()->set_type_url(fmt::format("type.googleapis.com/{}", type->descriptor->full_name()));
    told.mutable_resource()->set_value(change.bytes);
  }
  return told;
}

}  // namespace allmende::standard
