#include "services/gateway/openapi/descriptors.h"

#include <google/protobuf/descriptor.pb.h>

#include <cstdlib>

namespace allmende::gateway {

CommentedPool LoadCommentedPool() {
  google::protobuf::FileDescriptorSet set;
  const std::string_view bytes = EmbeddedDescriptors();
  // Made by the same build: if it does not load, the program is broken.
  if (!set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) std::abort();
  CommentedPool loaded;
  loaded.pool = std::make_unique<google::protobuf::DescriptorPool>();
  for (const auto& file : set.file()) {
    if (loaded.pool->BuildFile(file) == nullptr) std::abort();
    loaded.files.push_back(file.name());
  }
  return loaded;
}

std::vector<const google::protobuf::ServiceDescriptor*> CommentedPool::Services() const {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const std::string& name : files) {
    const auto* file = pool->FindFileByName(name);
    if (!std::string_view(file->package()).starts_with("allmende.")) continue;
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

}  // namespace allmende::gateway
