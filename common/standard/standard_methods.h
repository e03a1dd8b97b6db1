// The AIP standard methods over any declared resource (AIP-131 to 135, 231). They work on messages by reflection; a
// typed service calls them with one line per RPC.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "allmende/type/v1/changes.pb.h"
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
  // An id is chosen where the request names none. Of landscapes: makes the landscape itself.
  absl::Status Create(CallContext& call, const Message& request, Message& reply);
  // An update that changes nothing makes no new revision.
  absl::Status Update(CallContext& call, const Message& request, Message& reply);
  // Of landscapes: removes everything in it.
  absl::Status Delete(CallContext& call, const Message& request, Message& reply);
  absl::Status History(CallContext& call, const type::v1::ListHistoryRequest& request,
                       type::v1::ListHistoryResponse& reply);
  // Changes of the collections named (empty: all), each commit once, in order and without a gap; ends when the caller
  // goes or the server drains. Where nothing is to be sent at once, a heartbeat opens the stream. A large commit comes
  // in several messages, of which only the last carries its revision.
  absl::Status Watch(CallContext& call, const type::v1::WatchRequest& request,
                     rpc::Writer<type::v1::WatchResponse>& writer, const std::vector<std::string>& collections);

 private:
  const store::ResourceType& TypeOfMessage(const google::protobuf::Descriptor& message) const;
  // The one in the method's name: DeleteArea and ListAreaHistory are about areas. Never the one that the caller names:
  // the right that was asked for is the method's.
  const store::ResourceType& TypeOfMethod(const CallContext& call) const;
  absl::Status DeleteLandscape(CallContext& call, const store::ResourceType& type, const Message& request);

  store::Store& store_;
  std::vector<const store::ResourceType*> types_;
};

}  // namespace allmende::standard
