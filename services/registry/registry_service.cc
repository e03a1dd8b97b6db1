#include "services/registry/registry_service.h"

#include "services/registry/resources.h"

namespace allmende::registry {

Handlers::Handlers(store::Store& store)
    : standard(store, Resources()), search(store), sites(store, standard), imports(store), watching(standard) {}

}  // namespace allmende::registry
