// From an HTTP request to the message that a method takes: body, path, query and the headers that have a field of their
// own in it. Everything that is wrong with fields is told at once.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <string_view>

#include "services/gateway/http/exchange.h"
#include "services/gateway/transcode/router.h"

namespace allmende::gateway {

// `body` is the whole body; of routes that take an upload it is not looked at. UNSUPPORTED_MEDIA_TYPE, INVALID_JSON,
// INVALID_FIELDS, ETAG_REQUIRED, BAD_REQUEST.
absl::Status BuildRequest(const RouteMatch& match, const RequestHead& head, std::string_view body,
                          google::protobuf::Message& request);

// Entity tags (RFC 9110, 8.8.3).
// "abc" or W/"abc" without its wrapping; proxies that compress make strong tags weak, so both are taken.
std::string_view Unwrapped(std::string_view tag);
// Whether an If-None-Match header names the tag, given without wrapping, or is "*".
bool NamesTag(std::string_view if_none_match, std::string_view tag);

}  // namespace allmende::gateway
