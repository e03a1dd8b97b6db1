// The AIP standard methods over any declared resource (AIP-131 to 135, 231). They work on messages by reflection; a typed
// service calls them with one line per RPC.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <vector>

#include "common/call/call_context.h"
#include "common/rpc/stream.h"
#include "common/store/store.h"

namespace allmende::standard {

using google::protobuf::Message;

class StandardMethods {
 public:
  // `types`: all resources of the service; each method finds its own by the message it returns or the name it is given.
  StandardMethods(store::Store& store, std::vector<const store::ResourceType*> types);

  absl::Status Get(CallContext& call, const Message& request, Message& reply);
  absl::Status List(CallContext& call, const Message& request, Message& reply);
  absl::Status BatchGet(CallContext& call, const Message& request, Message& reply);
  absl::Status Create(CallContext& call, const Message& request, Message& reply);
  absl::Status Update(CallContext& call, const Message& request, Message& reply);
  absl::Status Delete(CallContext& call, const Message& request, Message& reply);
  absl::Status History(CallContext& call, const Message& request, Message& reply);
  // Changes of the collections named (empty: all), resumable, with heartbeats; ends when the caller goes or the server drains.
  template <typename Request, typename Reply>
  absl::Status Watch(CallContext& call, const Request& request, rpc::Writer<Reply>& writer,
                     std::vector<std::string> collections);

 private:
  store::Store& store_;
  std::vector<const store::ResourceType*> types_;
};

}  // namespace allmende::standard
