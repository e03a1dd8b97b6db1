// The demo landscape into a running server, through the same door as everybody: REST with a key.
#pragma once

#include <memory>
#include <string>

#include "services/allmende/command/http_client.h"
#include "services/allmende/demo/writer.h"

namespace allmende::command {

// The first reply that is not what was wanted is kept in `last`, for HttpClient::Explain.
std::unique_ptr<demo::Sink> ServerSink(HttpClient& client, std::string landscape, HttpReply& last);

}  // namespace allmende::command
