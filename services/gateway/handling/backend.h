// The services behind the gateway: any method of any of them, called by its descriptor. Nothing here waits; answers
// arrive on threads of gRPC, where they may be worked on briefly.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/rpc/client.h"

namespace allmende::gateway {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

struct Reply {
  absl::Status status;
  std::unique_ptr<Message> message;  // where the status is OK
  std::int64_t revision = 0;         // of the landscape, from "x-revision"; 0: none was said
};

// A stream of messages from a service. Messages come one by one, each when asked for.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  // `next` gets the message; null: the stream has ended with this status. One call at a time.
  using Next = std::function<void(std::unique_ptr<Message> message, const absl::Status& end)>;
  virtual void Read(Next next) = 0;
  // Makes a read that waits end soon.
  virtual void Cancel() = 0;
};

// A stream of messages to a service, with one reply at its end.
class ClientStream {
 public:
  virtual ~ClientStream() = default;
  // `written(false)`: the service has given up; Finish tells why. One call at a time.
  virtual void Write(std::unique_ptr<Message> message, std::function<void(bool ok)> written) = 0;
  // After the last write: waits for the reply.
  virtual void Finish(std::function<void(Reply)> done) = 0;
  // Gives up: the service stores nothing of what comes half.
  virtual void Cancel() = 0;
};

class Backend {
 public:
  // Cancels what still runs and waits for its end.
  virtual ~Backend() = default;
  virtual void Call(const MethodDescriptor& method, const rpc::Forwarded& forwarded, std::unique_ptr<Message> request,
                    std::function<void(Reply)> done) = 0;
  virtual std::shared_ptr<ServerStream> Open(const MethodDescriptor& method, const rpc::Forwarded& forwarded,
                                             std::unique_ptr<Message> request) = 0;
  virtual std::shared_ptr<ClientStream> Upload(const MethodDescriptor& method, const rpc::Forwarded& forwarded) = 0;
  // Whether every service can be reached and says it serves; else the name of one that does not.
  virtual std::optional<std::string> FirstUnreachable() = 0;
};

// An empty message of a linked type.
std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor& type);

}  // namespace allmende::gateway
