#include "services/gateway/handling/answer.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <array>
#include <cstring>

#include "common/resource/request.h"
#include "services/gateway/handling/request_builder.h"
#include "services/gateway/http/gzip.h"
#include "services/gateway/transcode/json_writer.h"
#include "services/gateway/transcode/percent.h"
#include "services/gateway/transcode/query.h"

namespace allmende::gateway {
namespace {

constexpr std::size_t kWorthCompressing = 1024;

void Line(std::string& lines, std::string_view name, std::string_view value) {
  Response line;
  line.Add(name, value);
  lines += line.headers;
}

// The same address with another page token: `/v1/...?page_size=5&page_token=...`. Without min_revision, which is no
// part of what is kept: the token knows what it belongs to.
std::string NextPage(std::string_view target, std::string_view token) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string next = fmt::format("{}?", target.substr(0, mark));
  std::string_view query = target.substr(std::min(mark + 1, target.size()));
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::string_view name = piece.substr(0, piece.find('='));
    const bool dropped = name == "page_token" || name == "pageToken" || name == "min_revision" || name == "minRevision";
    if (!piece.empty() && !dropped) next.append(piece).push_back('&');
  }
  return next.append("page_token=").append(PercentEncode(token));
}

std::string HashTag(std::string_view bytes) { return fmt::format("{:016x}", XXH3_64bits(bytes.data(), bytes.size())); }

void AddCommon(Response& response, std::int64_t revision, const RequestContext& context) {
  if (revision > 0) response.Add("X-Revision", std::to_string(revision));
  response.Add("X-Request-Id", context.request_id);
}

}  // namespace

std::shared_ptr<const std::string> FinishedAnswer::Pack(std::string_view headers, std::string_view tag,
                                                        std::string_view body) {
  const std::array<std::uint32_t, 2> sizes{static_cast<std::uint32_t>(headers.size()),
                                           static_cast<std::uint32_t>(tag.size())};
  auto block = std::make_shared<std::string>();
  block->reserve(sizeof(sizes) + headers.size() + tag.size() + body.size());
  block->append(reinterpret_cast<const char*>(sizes.data()), sizeof(sizes)).append(headers).append(tag).append(body);
  return block;
}

FinishedAnswer::FinishedAnswer(std::shared_ptr<const std::string> block) : block_(std::move(block)) {
  std::array<std::uint32_t, 2> sizes{};
  std::memcpy(sizes.data(), block_->data(), sizeof(sizes));
  const std::string_view rest = std::string_view(*block_).substr(sizeof(sizes));
  headers_ = rest.substr(0, sizes[0]);
  tag_ = rest.substr(sizes[0], sizes[1]);
  body_ = rest.substr(sizes[0] + sizes[1]);
}

FinishedAnswer Finish(const Message& reply, std::string_view target, bool gzip) {
  std::string body;
  WriteJson(reply, body);
  std::string tag = resource::StringField(reply, "etag");
  if (tag.empty()) tag = HashTag(body);
  std::string headers;
  Line(headers, "Content-Type", "application/json");
  Line(headers, "Cache-Control", "private, no-cache");
  Line(headers, "Vary", "Accept-Encoding, Authorization");
  if (const std::string next = resource::StringField(reply, "next_page_token"); !next.empty()) {
    Line(headers, "Link", fmt::format("<{}>; rel=\"next\"", NextPage(target, next)));
  }
  const bool compress = gzip && body.size() > kWorthCompressing;
  // The same content in other bytes: the tag is a weak one.
  Line(headers, "ETag", fmt::format("{}\"{}\"", compress ? "W/" : "", tag));
  if (compress) {
    Line(headers, "Content-Encoding", "gzip");
    body = Gzip(body);
  }
  return FinishedAnswer(FinishedAnswer::Pack(headers, tag, body));
}

Response AnswerWith(const FinishedAnswer& finished, const RequestHead& head, std::int64_t revision,
                    const RequestContext& context) {
  Response response;
  response.shared = finished.block();
  response.shared_headers = finished.headers();
  AddCommon(response, revision, context);
  if (NamesTag(head.header("if-none-match"), finished.tag())) {
    response.status = 304;
  } else {
    response.shared_body = finished.body();
  }
  return response;
}

bool MakesResource(const Route& route, const Message& request) {
  return route.verb == "POST" && route.path.verb.empty() && route.body == Route::Body::kField &&
         route.body_field->message_type() == route.method->output_type() &&
         !resource::BoolField(request, "validate_only");
}

Response AnswerToChange(const Route& route, const RequestHead& head, bool makes_resource, const Reply& reply,
                        const RequestContext& context) {
  Response response;
  AddCommon(response, reply.revision, context);
  response.Add("Cache-Control", "no-store");
  if (reply.message->GetDescriptor()->full_name() == "google.protobuf.Empty") {
    response.status = 204;
    return response;
  }
  WriteJson(*reply.message, response.body);
  response.Add("Content-Type", "application/json");
  const bool compress = response.body.size() > kWorthCompressing && AcceptsGzip(head.header("accept-encoding"));
  if (compress) {
    response.body = Gzip(response.body);
    response.Add("Content-Encoding", "gzip");
    response.Add("Vary", "Accept-Encoding");
  }
  if (const std::string tag = resource::StringField(*reply.message, "etag"); !tag.empty()) {
    response.Add("ETag", fmt::format("{}\"{}\"", compress ? "W/" : "", tag));
  }
  const std::string name = resource::StringField(*reply.message, "name");
  if (makes_resource && !name.empty()) {
    response.status = 201;
    response.Add("Location", fmt::format("/{}/{}", route.path.segments.front().literal, PercentEncode(name, "/")));
  }
  return response;
}

}  // namespace allmende::gateway
