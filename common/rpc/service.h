// The base of every service: a table of contents with one line per RPC.
//
//   class RegistryService final : public rpc::ServiceOf<v1::RegistryService> {
//     using ServiceOf::ServiceOf;
//     rpc::Unary* GetActor(rpc::Context* c, const v1::GetActorRequest* q, v1::Actor* r) override {
//       return Run(c, q, r, &standard_, &StandardMethods::Get);
//     }
//     rpc::Writes<v1::WatchResponse>* WatchActors(rpc::Context* c, const v1::WatchRequest* q) override {
//       return Run(c, q, &watching_, &Watching::Actors);
//     }
//     rpc::Reads<v1::ImportRequest>* ImportActors(rpc::Context* c, v1::ImportResponse* r) override {
//       return Run(c, r, &importing_, &Importing::Actors);
//     }
//   };
//
// Run finds the method's descriptor, and so its policy, by the name of the function that calls it: a line cannot be run
// under another method's rights by mistake. Everything handlers point to must live until the engine is gone.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/server_callback.h>

#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/base/strings.h"
#include "common/rpc/call_engine.h"
#include "common/rpc/stream_call.h"
#include "common/rpc/unary_call.h"

namespace allmende::rpc {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;
template <typename T>
using Writes = grpc::ServerWriteReactor<T>;
template <typename T>
using Reads = grpc::ServerReadReactor<T>;

// A service as the host sees it.
class HostedService {
 public:
  virtual ~HostedService() = default;
  virtual grpc::Service& service() = 0;
  virtual const google::protobuf::ServiceDescriptor& descriptor() const = 0;
};

// The methods of one service by the name of the C++ function that implements each.
class MethodTable {
 public:
  // Ends the process where no such service is linked in.
  explicit MethodTable(std::string_view service);
  const google::protobuf::ServiceDescriptor& service() const { return *service_; }
  // The method in whose implementation `where` lies. Ends the process where it lies in none: a mistake of the source.
  const google::protobuf::MethodDescriptor* At(const std::source_location& where) const;

 private:
  const google::protobuf::ServiceDescriptor* service_;
  StringMap<const google::protobuf::MethodDescriptor*> methods_;
};

template <typename Generated>
class ServiceOf : public Generated::CallbackService, public HostedService {
 public:
  explicit ServiceOf(CallEngine& engine) : engine_(engine) {}
  grpc::Service& service() override { return *this; }
  const google::protobuf::ServiceDescriptor& descriptor() const override { return methods_.service(); }

 protected:
  using Where = std::source_location;

  // A plain handler.
  template <typename Request, typename Reply, typename Object>
  Unary* Run(Context* context, const Request* request, Reply* response, std::type_identity_t<Object>* object,
             absl::StatusOr<Reply> (Object::*method)(CallContext&, const Request&), Where where = Where::current()) {
    auto handler = [object, method](CallContext& call, const Request& q, Reply& r) -> absl::Status {
      absl::StatusOr<Reply> reply = (object->*method)(call, q);
      if (!reply.ok()) return std::move(reply).status();
      r = *std::move(reply);
      return absl::OkStatus();
    };
    return RunUnary<Request, Reply>(context, request, response, handler, where);
  }

  // A handler that fills in its reply.
  template <typename Request, typename Reply, typename Object>
  Unary* Run(Context* context, const Request* request, Reply* response, std::type_identity_t<Object>* object,
             absl::Status (Object::*method)(CallContext&, const Request&, Reply&), Where where = Where::current()) {
    auto handler = [object, method](CallContext& call, const Request& q, Reply& r) {
      return (object->*method)(call, q, r);
    };
    return RunUnary<Request, Reply>(context, request, response, handler, where);
  }

  // A standard method, which works on any message.
  template <typename Request, typename Reply, typename Object>
  Unary* Run(Context* context, const Request* request, Reply* response, std::type_identity_t<Object>* object,
             absl::Status (Object::*method)(CallContext&, const Message&, Message&), Where where = Where::current()) {
    auto handler = [object, method](CallContext& call, const Request& q, Reply& r) {
      return (object->*method)(call, q, r);
    };
    return RunUnary<Request, Reply>(context, request, response, handler, where);
  }

  // A stream to the caller.
  template <typename Request, typename Reply, typename Object>
  Writes<Reply>* Run(Context* context, const Request* request, std::type_identity_t<Object>* object,
                     absl::Status (Object::*method)(CallContext&, const Request&, Writer<Reply>&),
                     Where where = Where::current()) {
    return RunWrites<Request, Reply>(
        context, request,
        [object, method](CallContext& call, const Request& q, Writer<Reply>& w) {
          return (object->*method)(call, q, w);
        },
        where);
  }

  // A stream from the caller.
  template <typename Request, typename Reply, typename Object>
  Reads<Request>* Run(Context* context, Reply* response, std::type_identity_t<Object>* object,
                      absl::StatusOr<Reply> (Object::*method)(CallContext&, Reader<Request>&),
                      Where where = Where::current()) {
    auto handler = [object, method](CallContext& call, Reader<Request>& reader, Reply& r) -> absl::Status {
      absl::StatusOr<Reply> reply = (object->*method)(call, reader);
      if (!reply.ok()) return std::move(reply).status();
      r = *std::move(reply);
      return absl::OkStatus();
    };
    return RunReads<Request, Reply>(context, response, handler, where);
  }

  // The same with any callable: absl::Status(CallContext&, const Request&, Reply&) ...
  template <typename Request, typename Reply>
  Unary* RunUnary(Context* context, const Request* request, Reply* response,
                  typename UnaryCall<Request, Reply>::Handler handler, Where where = Where::current()) {
    // gRPC hands out its own mutable object as const and never looks at it again: taking its content saves a copy.
    auto* content = const_cast<Request*>(request);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    return UnaryCall<Request, Reply>::Start(engine_, methods_.At(where), context, content, response,
                                            std::move(handler));
  }

  // ... absl::Status(CallContext&, const Request&, Writer<Reply>&) ...
  template <typename Request, typename Reply>
  Writes<Reply>* RunWrites(Context* context, const Request* request,
                           typename WriteStream<Request, Reply>::Handler handler, Where where = Where::current()) {
    auto* stream = new WriteStream<Request, Reply>(engine_, methods_.At(where), context, *request, std::move(handler));
    stream->Begin();
    return stream;
  }

  // ... absl::Status(CallContext&, Reader<Request>&, Reply&).
  template <typename Request, typename Reply>
  Reads<Request>* RunReads(Context* context, Reply* response, typename ReadStream<Request, Reply>::Handler handler,
                           Where where = Where::current()) {
    auto* stream = new ReadStream<Request, Reply>(engine_, methods_.At(where), context, response, std::move(handler));
    stream->Begin();
    return stream;
  }

 private:
  CallEngine& engine_;
  const MethodTable methods_{Generated::service_full_name()};
};

}  // namespace allmende::rpc
