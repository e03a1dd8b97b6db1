#include "services/gateway/http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace allmende::gateway {
namespace {

namespace beast = boost::beast;
using beast::http::error;
using beast::http::field;
using ErrorCode = beast::error_code;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

int StatusOf(const ErrorCode& broken) {
  if (broken == error::header_limit) return 431;
  if (broken == error::bad_version) return 505;
  return 400;
}

bool AsciiEqual(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

// The head in one string, with the places of its parts. Parts are kept by position because the string grows.
class Head final : public RequestHead {
 public:
  std::string_view verb() const override { return At(verb_); }
  std::string_view target() const override { return At(target_); }
  std::string_view header(std::string_view name) const override {
    for (const auto& [key, value] : headers_) {
      if (At(key) == name) return At(value);
    }
    return {};
  }

  void SetRequestLine(std::string_view verb, std::string_view target) {
    verb_ = Put(verb);
    target_ = Put(target);
  }
  void SetTarget(std::string_view target) { target_ = Put(target); }

  // Joins the values of a name that comes again; false where it is one that must not.
  bool AddHeader(std::string_view name, std::string_view value) {
    const Place key = Put(name);
    for (std::size_t i = key.begin; i < text_.size(); ++i) {
      if (text_[i] >= 'A' && text_[i] <= 'Z') text_[i] = static_cast<char>(text_[i] - 'A' + 'a');
    }
    for (auto& [other, joined] : headers_) {
      if (At(other) != At(key)) continue;
      const std::string_view again = At(key);
      if (again == "host" || again == "content-length" || again == "transfer-encoding" || again == "authorization" ||
          again == "content-type" || again == "if-match") {
        return false;
      }
      joined = Put(std::string(At(joined)) + (again == "cookie" ? "; " : ", ") + std::string(value));
      return true;
    }
    headers_.emplace_back(key, Put(value));
    return true;
  }

  std::size_t bytes() const { return text_.size(); }
  void Clear() {
    text_.clear();
    headers_.clear();
    verb_ = target_ = {};
  }

 private:
  struct Place {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  std::string_view At(Place place) const { return std::string_view(text_).substr(place.begin, place.size); }
  Place Put(std::string_view part) {
    text_.append(part);
    return {text_.size() - part.size(), part.size()};
  }

  std::string text_;
  Place verb_;
  Place target_;
  std::vector<std::pair<Place, Place>> headers_;
};

}  // namespace

class RequestParser::Impl {
 public:
  explicit Impl(const ParserLimits& limits) : limits_(limits) { Reset(); }

  // Boost.Beast calls back with each part.
  class Parser final : public beast::http::basic_parser<true> {
   public:
    explicit Parser(Impl& owner) : owner_(owner) {
      header_limit(static_cast<std::uint32_t>(owner.limits_.head_bytes));
      body_limit(boost::none);  // ours depends on how the body is read
    }

   private:
    void on_request_impl(beast::http::verb /*verb*/, beast::string_view verb, beast::string_view target, int version,
                         ErrorCode& broken) override {
      owner_.head_.SetRequestLine(View(verb), View(target));
      owner_.version_ = version;
      broken = {};
    }
    void on_field_impl(field /*name*/, beast::string_view name, beast::string_view value, ErrorCode& broken) override {
      if (!owner_.head_.AddHeader(View(name), View(value))) broken = error::bad_field;
      if (owner_.head_.bytes() > owner_.limits_.head_bytes) broken = error::header_limit;
    }
    void on_header_impl(ErrorCode& broken) override { broken = {}; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& /*size*/, ErrorCode& broken) override { broken = {}; }
    std::size_t on_body_impl(beast::string_view bytes, ErrorCode& broken) override {
      return owner_.AddBody(View(bytes), broken);
    }
    void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/, ErrorCode& broken) override {
      broken = {};
    }
    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view bytes, ErrorCode& broken) override {
      return owner_.AddBody(View(bytes), broken);
    }
    void on_finish_impl(ErrorCode& broken) override { broken = {}; }
    void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/, ErrorCode& broken) override {
      broken = {};
    }

    Impl& owner_;
  };

  std::size_t Feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && (state_ == State::kHead || state_ == State::kBody)) {
      ErrorCode broken;
      const std::size_t taken = parser_->put({bytes.data() + used, bytes.size() - used}, broken);
      used += taken;
      if (broken == error::need_more) break;
      if (broken) {
        Break(body_too_large_ ? 413 : StatusOf(broken));
      } else if (state_ == State::kHead && parser_->is_header_done()) {
        EndHead();
        break;  // the owner says how the body is to be read
      } else if (parser_->is_done()) {
        state_ = State::kDone;
      } else if (taken == 0) {
        break;
      }
    }
    return used;
  }

  void EndHead() {
    state_ = parser_->is_done() ? State::kDone : State::kBody;
    const std::string_view coding = head_.header("transfer-encoding");
    if (!coding.empty() && (version_ < 11 || !head_.header("content-length").empty())) return Break(400);
    if (!coding.empty() && !AsciiEqual(coding, "chunked")) return Break(501);
    if (version_ >= 11 && head_.header("host").empty()) return Break(400);
    ToOriginForm();
  }

  // "http://host/path" is the same as "/path" (RFC 9112, 3.2.2).
  void ToOriginForm() {
    const std::string target(head_.target());
    if (target.starts_with('/') || (target == "*" && head_.verb() == "OPTIONS")) return;
    const std::size_t authority = target.find("://");
    if (authority == std::string::npos) return Break(400);
    const std::size_t path = target.find('/', authority + 3);
    head_.SetTarget(path == std::string::npos ? "/" : target.substr(path));
  }

  void SetMode(BodyMode mode) {
    body_limit_ = mode == BodyMode::kWhole ? limits_.body_bytes : limits_.upload_bytes;
    const auto length = parser_->content_length();
    if (state_ == State::kBody && length.has_value() && *length > body_limit_) Break(413);
  }

  std::size_t AddBody(std::string_view bytes, ErrorCode& broken) {
    broken = {};
    body_read_ += bytes.size();
    if (body_read_ > body_limit_) {
      body_too_large_ = true;
      broken = error::body_limit;
      return 0;
    }
    body_.append(bytes);
    return bytes.size();
  }

  void Break(int status) {
    state_ = State::kBroken;
    status_ = status;
  }

  void Reset() {
    parser_.emplace(*this);
    head_.Clear();
    body_.clear();
    state_ = State::kHead;
    status_ = 0;
    version_ = 11;
    body_read_ = 0;
    body_limit_ = limits_.body_bytes;
    body_too_large_ = false;
  }

  ParserLimits limits_;
  std::optional<Parser> parser_;
  Head head_;
  std::string body_;
  State state_ = State::kHead;
  int status_ = 0;
  int version_ = 11;
  std::size_t body_read_ = 0;
  std::size_t body_limit_ = 0;
  bool body_too_large_ = false;
};

RequestParser::RequestParser(const ParserLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
std::size_t RequestParser::Feed(std::string_view bytes) { return impl_->Feed(bytes); }
RequestParser::State RequestParser::state() const { return impl_->state_; }
int RequestParser::status() const { return impl_->status_; }
const RequestHead& RequestParser::head() const { return impl_->head_; }
void RequestParser::SetMode(BodyMode mode) { impl_->SetMode(mode); }
std::string RequestParser::TakeBody() { return std::exchange(impl_->body_, {}); }
std::size_t RequestParser::pending_body_bytes() const { return impl_->body_.size(); }
bool RequestParser::keep_alive() const {
  return impl_->state_ != State::kBroken && impl_->version_ >= 11 && impl_->parser_->keep_alive();
}
bool RequestParser::expects_continue() const {
  return impl_->version_ >= 11 && AsciiEqual(impl_->head_.header("expect"), "100-continue");
}
bool RequestParser::has_body() const { return impl_->state_ == State::kBody; }
int RequestParser::version() const { return impl_->version_; }
void RequestParser::Reset() { impl_->Reset(); }

}  // namespace allmende::gateway
