#include "common/store/sql/suggest.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/store/sql/derived.h"
#include "common/store/sql/find.h"
#include "common/store/sql/schema.h"
#include "common/store/sql/statement.h"
#include "common/text/text.h"

namespace allmende::store::sql {
namespace {

struct Candidate {
  std::string word;
  std::string surface;
  int distance = 0;
};

// Short words are too close to each other to allow for much.
int MistakesAllowed(std::size_t length) { return length < 4 ? 0 : length < 8 ? 1 : 2; }

class Suggester {
 public:
  Suggester(Session& session, const Dialect& dialect, const ResourceType& type, std::string_view landscape)
      : session_(session), dialect_(dialect), type_(type), landscape_(landscape) {}

  absl::StatusOr<bool> Occurs(const std::string& text) {
    const Query query{.text = TextQuery{text, false}, .limit = 1};
    ASSIGN_OR_RETURN(Find find, Find::Check(type_, dialect_, {.landscape = landscape_}, query));
    return find.FindsAnything(session_);
  }

  // Similar words that occur, the most similar first.
  absl::StatusOr<std::vector<Candidate>> Similar(const std::string& word, std::size_t limit) {
    std::vector<Candidate> candidates;
    const int allowed = MistakesAllowed(word.size());
    if (allowed == 0) return candidates;
    const auto length = static_cast<std::int64_t>(word.size());
    Statement statement("SELECT word, surface FROM ");
    statement << TableOf('w', type_) << " WHERE landscape = ";
    statement.Bind(landscape_) << " AND length >= ";
    statement.Bind(length - allowed) << " AND length <= ";
    statement.Bind(length + allowed);
    RETURN_IF_ERROR(statement.Run(session_, [&](const Row& row) {
      const int distance = text::EditDistance(word, row.Text(0), allowed);
      if (distance > allowed || distance == 0) return;
      candidates.push_back({std::string(row.Text(0)), std::string(row.Text(1)), distance});
    }));
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& left, const Candidate& right) {
      return left.distance != right.distance ? left.distance < right.distance : left.word < right.word;
    });
    std::vector<Candidate> occurring;
    for (Candidate& candidate : candidates) {
      if (occurring.size() == limit) break;
      // The vocabulary may still know words whose last record is gone.
      ASSIGN_OR_RETURN(const bool occurs, Occurs(candidate.word));
      if (occurs) occurring.push_back(std::move(candidate));
    }
    return occurring;
  }

 private:
  Session& session_;
  const Dialect& dialect_;
  const ResourceType& type_;
  std::string_view landscape_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> FindSuggestions(Session& session, const Dialect& dialect,
                                                         const ResourceType& type, std::string_view landscape,
                                                         std::string_view text, int limit) {
  std::vector<std::string> suggestions;
  if (!type.text || limit <= 0) return suggestions;
  constexpr std::size_t kMostWords = 8;
  const std::vector<text::IndexWord> words = SearchWords(text);
  if (words.size() > kMostWords) return suggestions;

  Suggester suggester(session, dialect, type, landscape);
  // Whole queries, from left to right: each word as it is where it occurs, else in each of its variants.
  std::vector<std::string> queries = {""};
  bool any_misspelt = false;
  for (const text::IndexWord& word : words) {
    std::vector<std::string> variants = {word.surface};
    ASSIGN_OR_RETURN(const bool occurs, suggester.Occurs(word.word));
    if (!occurs) {
      ASSIGN_OR_RETURN(const std::vector<Candidate> similar,
                       suggester.Similar(word.word, static_cast<std::size_t>(limit)));
      if (similar.empty()) return suggestions;
      variants.clear();
      for (const Candidate& candidate : similar) variants.push_back(candidate.surface);
      any_misspelt = true;
    }
    std::vector<std::string> longer;
    for (const std::string& query : queries) {
      for (const std::string& variant : variants) longer.push_back(query.empty() ? variant : query + " " + variant);
    }
    queries = std::move(longer);
    if (queries.size() > 50) queries.resize(50);
  }
  if (!any_misspelt) return suggestions;
  for (std::string& query : queries) {
    if (suggestions.size() == static_cast<std::size_t>(limit)) break;
    ASSIGN_OR_RETURN(const bool occurs, suggester.Occurs(query));
    if (occurs) suggestions.push_back(std::move(query));
  }
  return suggestions;
}

}  // namespace allmende::store::sql
