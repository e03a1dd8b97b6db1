// From a method's reply to an HTTP answer: status, JSON, entity tag, links, revision.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "services/gateway/handling/backend.h"
#include "services/gateway/handling/context.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/transcode/route.h"

namespace allmende::gateway {

// A finished answer to a read, as it is kept in the near cache: one block of bytes that holds the header lines which do
// not depend on the request, the entity tag and the body.
class FinishedAnswer {
 public:
  static std::shared_ptr<const std::string> Pack(std::string_view headers, std::string_view tag, std::string_view body);
  explicit FinishedAnswer(std::shared_ptr<const std::string> block);

  std::string_view headers() const { return headers_; }
  std::string_view tag() const { return tag_; }  // without quotes
  std::string_view body() const { return body_; }
  const std::shared_ptr<const std::string>& block() const { return block_; }

 private:
  std::shared_ptr<const std::string> block_;
  std::string_view headers_;
  std::string_view tag_;
  std::string_view body_;
};

// Finishes a reply to a GET; compressed where `gzip` and it is worth it. `target` is for the link to the next page.
FinishedAnswer Finish(const Message& reply, std::string_view target, bool gzip);

// Answers with it, or with 304 where the caller has it already. `revision` 0: unknown.
Response AnswerWith(const FinishedAnswer& finished, const RequestHead& head, std::int64_t revision,
                    const RequestContext& context);

// The answer to a method that changes something: 201 with Location, 204, or 200 with the resource.
Response AnswerToChange(const Route& route, const RequestHead& head, bool makes_resource, const Reply& reply,
                        const RequestContext& context);

// Whether a call makes a new resource: POST to a collection of a message that is answered by the same type. Not where
// it only validates.
bool MakesResource(const Route& route, const Message& request);

}  // namespace allmende::gateway
