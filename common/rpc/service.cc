#include "common/rpc/service.h"

#include <cstdlib>

#include "common/log/log.h"

namespace allmende::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;

// "GetActor" out of what compilers call the function it was asked in: "virtual T* ns::Service::GetActor(A, B)" (GCC) or
// "GetActor" (Clang).
std::string_view FunctionName(std::string_view signature) {
  signature = signature.substr(0, signature.find('('));
  const std::size_t before = signature.find_last_of(": *&");
  return before == std::string_view::npos ? signature : signature.substr(before + 1);
}

}  // namespace

MethodTable::MethodTable(std::string_view service)
    : service_(DescriptorPool::generated_pool()->FindServiceByName(std::string(service))) {
  if (service_ == nullptr) {
    log::Error("a service without a descriptor", {{"service", service}});
    std::abort();
  }
  for (int i = 0; i < service_->method_count(); ++i) methods_.emplace(service_->method(i)->name(), service_->method(i));
}

const MethodDescriptor* MethodTable::At(const std::source_location& where) const {
  const auto found = methods_.find(FunctionName(where.function_name()));
  if (found == methods_.end()) {
    log::Error("Run was called outside of an RPC's function", {{"function", where.function_name()}});
    std::abort();
  }
  return found->second;
}

}  // namespace allmende::rpc
