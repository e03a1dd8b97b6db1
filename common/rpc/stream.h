// Streams as handlers see them: blocking, cancellable, without gRPC types.
#pragma once

namespace allmende::rpc {

// Sends messages to the caller.
template <typename T>
class Writer {
 public:
  virtual ~Writer() = default;
  // Waits until the message is on its way. False: the caller is gone or the server drains; the handler returns.
  virtual bool Write(const T& message) = 0;
};

// Receives messages from the caller.
template <typename T>
class Reader {
 public:
  virtual ~Reader() = default;
  // Waits for the next message. False: there is none any more (or the caller is gone: call.cancelled()).
  virtual bool Read(T* message) = 0;
};

}  // namespace allmende::rpc
