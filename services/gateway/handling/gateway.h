// The gateway itself: what becomes of a request. A fixed page, a read (perhaps from the near cache), a change, a stream
// of events or an upload; everything else is told why not.
#pragma once

#include <prometheus/counter.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "common/identity/authenticator.h"
#include "common/metrics/metrics.h"
#include "services/gateway/feed/change_follower.h"
#include "services/gateway/handling/answer_cache.h"
#include "services/gateway/handling/backend.h"
#include "services/gateway/handling/pages.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/transcode/router.h"

namespace allmende::gateway {

struct GatewayOptions {
  std::size_t cache_bytes = 64U << 20U;  // of finished answers; 0: none are kept
  std::string openapi;                   // the document, JSON
};

class Gateway final : public Handler {
 public:
  // `authenticator`: null where the gateway cannot tell who calls; then every read goes to the service. All outlive
  // this.
  Gateway(GatewayOptions options, const Router& router, const std::vector<const ServiceDescriptor*>& services,
          Backend& backend, const identity::Authenticator* authenticator, Metrics& metrics);

  BodyMode ModeOf(const RequestHead& head) const override;
  void Handle(std::shared_ptr<Exchange> exchange) override;
  void Answered(int status) override;
  Response Refuse(int status, std::string_view accept_language) override;

 private:
  struct Read;
  void HandleUnrouted(Exchange& exchange, const RequestContext& context);
  void HandleChange(std::shared_ptr<Exchange> exchange, const RouteMatch& match, RequestContext context);
  void HandleRead(std::shared_ptr<Exchange> exchange, const RouteMatch& match, RequestContext context);
  // Whether the caller may read this and so may be answered from the cache; prepares the key.
  absl::Status Admit(Read& read) const;
  bool AnswerFromCache(const Read& read);
  void Fetch(std::shared_ptr<Read> read, bool for_others);
  void Fetched(const std::shared_ptr<Read>& read, Reply reply, bool for_others);

  const Router& router_;
  Backend& backend_;
  const identity::Authenticator* authenticator_;
  ChangeFollower follower_;
  AnswerCache cache_;
  Pages pages_;
  prometheus::Counter& hits_;
  prometheus::Counter& misses_;
  std::array<prometheus::Counter*, 6> answers_{};  // by the hundreds of the status
};

}  // namespace allmende::gateway
