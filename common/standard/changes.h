// How changes of the store are told to callers: the same for watch and history of every service.
#pragma once

#include <string_view>
#include <vector>

#include "allmende/type/v1/changes.pb.h"
#include "common/store/store.h"

namespace allmende::standard {

// One change of a commit. `types` are the resources of the service; a collection that is not among them is told without
// its content.
type::v1::Change ToChange(const std::vector<const store::ResourceType*>& types, std::string_view landscape,
                          const store::Commit& commit, const store::Change& change);

}  // namespace allmende::standard
