#include "common/call/call_context.h"

namespace allmende {

const options::v1::MethodPolicy& PolicyOf(const google::protobuf::MethodDescriptor& method) {
  return method.options().GetExtension(options::v1::policy);
}

}  // namespace allmende
