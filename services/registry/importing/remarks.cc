#include "services/registry/importing/remarks.h"

#include <utility>

namespace allmende::importing {
namespace {

constexpr std::size_t kLongestValue = 200;

struct Words {
  std::string_view german;
  std::string_view english;
};

Words WordsOf(Repair how) {
  switch (how) {
    case Repair::kNone:
      return {"unverändert", "unchanged"};
    case Repair::kBlanks:
      return {"überzählige Leerzeichen", "surplus blanks"};
    case Repair::kControl:
      return {"Zeilenumbrüche oder Steuerzeichen im Text", "line breaks or control characters in the text"};
    case Repair::kEntities:
      return {"HTML-Schreibweise im Text", "HTML notation in the text"};
    case Repair::kLeadingZeros:
      return {"führende Nullen waren verloren gegangen", "leading zeros had been lost"};
    case Repair::kDecimals:
      return {"die Nummer war als Kommazahl gespeichert", "the number had been saved as a decimal number"};
    case Repair::kReplaced:
      return {"Zeichen laut Zuordnung ersetzt", "characters replaced as the mapping says"};
    case Repair::kStreetSplit:
      return {"die Hausnummer stand bei der Straße", "the house number stood with the street"};
    case Repair::kPlus:
      return {"das Pluszeichen stand mehrfach da", "the plus sign stood there more than once"};
    case Repair::kScheme:
      return {"der Anfang der Adresse fehlte", "the beginning of the address was missing"};
  }
  return {};
}

// What to do about it. Reasons whose text says it already have none.
Words RemedyOf(Reason reason) {
  switch (reason) {
    case Reason::VALUE_REPAIRED:
      return {"Bitte die Quelle berichtigen, wenn der gespeicherte Wert nicht stimmt.",
              "Please correct the source if the stored value is wrong."};
    case Reason::VALUE_DROPPED:
      return {"Bitte in der Quelle nachtragen oder den Eintrag von Hand ergänzen.",
              "Please complete the source or the entry by hand."};
    case Reason::AMBIGUOUS_AREA:
      return {"Bitte den Gebietsschlüssel in die Liste aufnehmen oder das Gebiet am Eintrag wählen.",
              "Please add the area key to the list or choose the area at the entry."};
    case Reason::UNKNOWN_AREA_KEY:
      return {"Bitte zuerst das Gemeindeverzeichnis importieren oder den Schlüssel berichtigen.",
              "Please import the list of municipalities first or correct the key."};
    case Reason::SHARED_IDENTIFIER:
      return {"Wenn es dieselbe Einrichtung ist: als Standort zusammenführen.",
              "If it is the same facility: merge them as sites."};
    case Reason::DUPLICATE_SOURCE_KEY:
      return {"Bitte eine Spalte als Schlüssel wählen, die jede Zeile eindeutig benennt.",
              "Please choose a key column that names each row uniquely."};
    case Reason::PLACEHOLDER_ROW:
      return {"Nichts, wenn es ein Platzhalter ist; sonst den Eintrag von Hand anlegen.",
              "Nothing, if it is a placeholder; otherwise enter it by hand."};
    case Reason::CONFLICTING_FIELDS:
      return {"Bitte die Zahlen in der Quelle prüfen.", "Please check the numbers in the source."};
    case Reason::UNKNOWN_CODE:
      return {"Bitte den Wert in der Zuordnung („codes“) ergänzen oder in der Liste berichtigen.",
              "Please add the value to the mapping (“codes”) or correct it in the list."};
    case Reason::UNKNOWN_REFERENCE:
      return {"Bitte zuerst importieren, worauf die Zeile verweist.", "Please import first what the row refers to."};
    default:
      return {"Bitte die Zeile in der Liste berichtigen und die Liste erneut importieren.",
              "Please correct the row in the list and import the list again."};
  }
}

}  // namespace

std::string Shortened(std::string_view utf8) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(utf8[i]) & 0xC0U) != 0x80U;
    if (starts && ++characters > kLongestValue) return std::string(utf8.substr(0, i));
  }
  return std::string(utf8);
}

void RowRemarks::Start(std::int64_t line) {
  line_ = line;
  refused_.clear();
  notes_.clear();
}

ImportRemark RowRemarks::Make(Cell cell, Reason reason, Params params) const {
  ImportRemark remark;
  remark.set_line(line_);
  remark.set_column(std::string(cell.column));
  remark.set_value(Shortened(cell.value));
  remark.set_reason(reason);
  auto& map = *remark.mutable_params();
  map["value"] = remark.value();
  map["field"] = remark.column();
  for (auto& [name, value] : params) map[name] = std::move(value);
  return remark;
}

void RowRemarks::Refuse(Cell cell, Reason reason, Params params) {
  refused_.push_back(Make(cell, reason, std::move(params)));
}

void RowRemarks::Note(Cell cell, Reason reason, Params params) {
  notes_.push_back(Make(cell, reason, std::move(params)));
}

void RowRemarks::Repaired(Cell cell, std::string_view stored, Repair how) {
  const Words words = WordsOf(how);
  Repaired(cell, stored, std::string(words.german), std::string(words.english));
}

void RowRemarks::Repaired(Cell cell, std::string_view stored, std::string german, std::string english) {
  Note(cell, Reason::VALUE_REPAIRED,
       Both("why", std::move(german), std::move(english), {{"stored", Shortened(stored)}}));
}

void RowRemarks::Dropped(Cell cell, std::string german, std::string english) {
  Note(cell, Reason::VALUE_DROPPED, Both("why", std::move(german), std::move(english)));
}

ImportRemark RemarkOf(const FieldViolation& violation, std::int64_t line) {
  ImportRemark remark;
  remark.set_line(line);
  remark.set_column(violation.field());
  remark.set_reason(violation.reason());
  *remark.mutable_params() = violation.params();
  if (const auto value = violation.params().find("value"); value != violation.params().end()) {
    remark.set_value(Shortened(value->second));
  }
  return remark;
}

void PutIntoWords(ImportRemark& remark, Language language) {
  ErrorDetail detail;
  detail.set_reason(remark.reason());
  *detail.mutable_params() = remark.params();
  remark.set_message(MessageOf(detail, language));
  const Words remedy = RemedyOf(remark.reason());
  remark.set_remedy(std::string(language == Language::kGerman ? remedy.german : remedy.english));
}

}  // namespace allmende::importing
