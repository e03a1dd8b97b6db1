// A landscape on a real store, and imports into it the way the service runs them: a stream of messages to the handler.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/standard/standard_methods.h"
#include "common/store/sql/sql_store.h"
#include "common/testing/matchers.h"
#include "services/registry/handlers/import.h"
#include "services/registry/resources.h"
#include "tests/contract/database_kinds.h"

namespace allmende {

// A stream that was recorded beforehand.
class ScriptedStream final : public rpc::Reader<registry::v1::ImportRequest> {
 public:
  explicit ScriptedStream(std::vector<registry::v1::ImportRequest> messages)
      : messages_(messages.begin(), messages.end()) {}

  bool Read(registry::v1::ImportRequest* message) override {
    if (messages_.empty()) return false;
    *message = std::move(messages_.front());
    messages_.pop_front();
    return true;
  }

 private:
  std::deque<registry::v1::ImportRequest> messages_;
};

// The stream that sends a document in pieces.
inline std::vector<registry::v1::ImportRequest> DocumentStream(registry::v1::ImportRequest first,
                                                               std::string_view document, std::size_t piece = 100'000) {
  first.set_parent("landscapes/musterland");
  std::vector<registry::v1::ImportRequest> messages = {std::move(first)};
  for (; !document.empty(); document.remove_prefix(std::min(piece, document.size()))) {
    messages.emplace_back().mutable_document()->set_data(std::string(document.substr(0, piece)));
  }
  return messages;
}

class ImportScene {
 public:
  explicit ImportScene(const DatabaseKind& kind) : database_(kind.create()) {
    auto engine = database_->Open();
    EXPECT_OK(engine);
    auto store = store::sql::OpenSqlStore(*std::move(engine), registry::Resources(), {});
    EXPECT_OK(store);
    store_ = *std::move(store);
    handlers_ = std::make_unique<registry::ImportHandlers>(*store_);
    CallContext call = Call();
    registry::v1::Landscape landscape;
    landscape.set_display_name("Landkreis Musterland");
    const auto made = store_->Run<registry::v1::Landscape>(
        call,
        [&](store::Transaction& tx) -> absl::StatusOr<registry::v1::Landscape> {
          ASSIGN_OR_RETURN(auto stored, tx.Create(registry::kLandscapes, "musterland", landscape));
          return static_cast<const registry::v1::Landscape&>(*stored);
        },
        {.create_landscape = true});
    EXPECT_OK(made);
  }

  CallContext Call() const {
    CallContext call;
    call.landscape = "musterland";
    call.principal.subject = "test";
    return call;
  }

  absl::StatusOr<registry::v1::ImportResponse> Import(std::vector<registry::v1::ImportRequest> messages,
                                                      registry::v1::ImportMapping::Target target, CallContext call) {
    ScriptedStream stream(std::move(messages));
    return target == registry::v1::ImportMapping::AREAS ? handlers_->ImportAreas(call, stream)
                                                        : handlers_->ImportActors(call, stream);
  }

  std::int64_t Revision() {
    CallContext call = Call();
    return store_->Revision(call).value_or(-1);
  }

  template <typename T>
  std::vector<T> All(const store::ResourceSpec<T>& type) {
    std::vector<T> all;
    store::Query query;
    query.limit = 1000;
    do {
      CallContext call = Call();
      auto page = store_->Find(call, type, query);
      EXPECT_OK(page);
      if (!page.ok()) break;
      for (const store::Hit& hit : page->hits) EXPECT_TRUE(all.emplace_back().ParseFromString(hit.record.bytes));
      query.cursor = page->next_cursor;
    } while (!query.cursor.empty());
    return all;
  }

  store::Store& store() { return *store_; }
  registry::ImportHandlers& handlers() { return *handlers_; }

 private:
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<registry::ImportHandlers> handlers_;
};

}  // namespace allmende
