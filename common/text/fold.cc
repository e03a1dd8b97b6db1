// Fold, in two ways that agree: a table for ASCII, Latin-1 and Latin Extended-A, which is nearly every text of a German
// registry, and ICU for everything else. The table is made by the ICU way, so they cannot drift apart.
#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "common/text/text.h"

namespace allmende::text {
namespace {

constexpr UChar32 kTableStart = 0xA0;
constexpr UChar32 kTableEnd = 0x180;

// Makes words of characters: a separator becomes one blank, but none at the start or end.
class Sink {
 public:
  explicit Sink(std::size_t expected) { out_.reserve(expected); }
  void Letter(char c) {
    Open();
    out_ += c;
  }
  void Letters(std::string_view letters) {
    if (letters.empty()) return;
    Open();
    out_ += letters;
  }
  void Separator() { pending_ = !out_.empty(); }
  std::string Take() { return std::move(out_); }

 private:
  void Open() {
    if (pending_) out_ += ' ';
    pending_ = false;
  }

  std::string out_;
  bool pending_ = false;
};

template <typename T>
const T& Made(const T* made, UErrorCode code) {
  if (U_FAILURE(code) != 0 || made == nullptr) std::abort();  // ICU without its data: nothing can be folded
  return *made;
}

const icu::Normalizer2& CaseFolding() {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* made = icu::Normalizer2::getNFKCCasefoldInstance(code);
  return Made(made, code);
}

// ICU's transliterators lock while they work, so each thread has a copy of the one that was made.
class ToAscii {
 public:
  explicit ToAscii(const char* id) {
    UErrorCode code = U_ZERO_ERROR;
    made_.reset(icu::Transliterator::createInstance(icu::UnicodeString(id), UTRANS_FORWARD, code));
    Made(made_.get(), code);
  }
  std::unique_ptr<icu::Transliterator> Copy() const { return std::unique_ptr<icu::Transliterator>(made_->clone()); }

 private:
  std::unique_ptr<icu::Transliterator> made_;
};

void Transliterate(icu::UnicodeString& text, bool latin) {
  if (latin) {
    static const ToAscii made("Latin-ASCII");
    thread_local const std::unique_ptr<icu::Transliterator> mine = made.Copy();
    mine->transliterate(text);
  } else {
    static const ToAscii made("Any-Latin; Latin-ASCII");
    thread_local const std::unique_ptr<icu::Transliterator> mine = made.Copy();
    mine->transliterate(text);
  }
}

bool IsModifier(UChar32 c) {
  const auto type = u_charType(c);
  return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_COMBINING_SPACING_MARK ||
         type == U_MODIFIER_LETTER;
}

// What German writes in its own way, before ICU takes the marks away.
const char16_t* GermanSpelling(UChar32 c) {
  switch (c) {
    case U'ä':
    case U'æ':
      return u"ae";
    case U'ö':
    case U'ø':
      return u"oe";
    case U'ü':
      return u"ue";
    case U'å':
      return u"aa";
    default:
      return nullptr;
  }
}

// Case folded, German letters spelt out; `latin` tells whether all letters are Latin, `ascii` whether all is ASCII.
icu::UnicodeString Spelt(const icu::UnicodeString& text, bool& latin, bool& ascii) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::UnicodeString folded = CaseFolding().normalize(text, code);
  icu::UnicodeString spelt;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (const char16_t* german = GermanSpelling(c)) {
      spelt.append(icu::UnicodeString(german));
      continue;
    }
    if (u_isalnum(c) == 0 && !IsModifier(c)) {
      spelt.append(u' ');  // ICU would spell out signs such as © or €
      continue;
    }
    ascii = ascii && c < 0x80;
    latin = latin && (c < 0x250 || u_isalpha(c) == 0);
    spelt.append(c);
  }
  return spelt;
}

void Emit(const icu::UnicodeString& text, Sink& sink) {
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (const int32_t digit = u_charDigitValue(c); digit >= 0) {
      sink.Letter(static_cast<char>('0' + digit));
    } else if (c < 0x80 && u_isalpha(c) != 0) {
      sink.Letter(static_cast<char>(u_tolower(c)));
    } else if (c == ' ') {
      sink.Separator();
    } else if (c >= 0x80 && u_isalpha(c) != 0 && !IsModifier(c)) {
      std::string utf8;
      icu::UnicodeString(c).toLower().toUTF8String(utf8);
      sink.Letters(utf8);
    }  // else a mark, or an apostrophe that stands for a soft sign: part of the word, but no letter
  }
}

void FoldByIcu(const icu::UnicodeString& text, Sink& sink) {
  bool latin = true;
  bool ascii = true;
  icu::UnicodeString spelt = Spelt(text, latin, ascii);
  if (!ascii) Transliterate(spelt, latin);
  Emit(spelt, sink);
}

// What each character from kTableStart to kTableEnd becomes: letters, a blank (a separator), nothing, or letters and a
// blank, which only ICU does right.
using Table = std::array<std::string, kTableEnd - kTableStart>;

const Table& LatinTable() {
  static const Table table = [] {
    Table made;
    for (UChar32 c = kTableStart; c < kTableEnd; ++c) {
      Sink sink(8);
      FoldByIcu(icu::UnicodeString("x").append(c).append(u'x'), sink);
      const std::string between = sink.Take();
      made[static_cast<std::size_t>(c - kTableStart)] = between.substr(1, between.size() - 2);
    }
    return made;
  }();
  return table;
}

constexpr std::array<char, 128> kAscii = [] {
  std::array<char, 128> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    const char letter = static_cast<char>(c);
    if ((letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z')) table[c] = letter;
    if (letter >= 'A' && letter <= 'Z') table[c] = static_cast<char>(letter - 'A' + 'a');
  }
  return table;
}();

// False where a character is beyond the table; then what is in the sink does not count.
bool FoldByTable(std::string_view utf8, Sink& sink) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      const char letter = kAscii[byte];
      letter != 0 ? sink.Letter(letter) : sink.Separator();
      continue;
    }
    if (byte < 0xC2 || byte > 0xC5 || i + 1 == utf8.size()) return false;
    const auto next = static_cast<unsigned char>(utf8[++i]);
    const UChar32 c = static_cast<UChar32>((byte & 0x1FU) << 6U) | static_cast<UChar32>(next & 0x3FU);
    if ((next & 0xC0U) != 0x80 || c < kTableStart) return false;
    const std::string& letters = LatinTable()[static_cast<std::size_t>(c - kTableStart)];
    if (letters == " ") {
      sink.Separator();
    } else if (letters.find(' ') != std::string::npos) {
      return false;
    } else {
      sink.Letters(letters);
    }
  }
  return true;
}

}  // namespace

std::string Fold(std::string_view utf8) {
  Sink quick(utf8.size() + 8);
  if (FoldByTable(utf8, quick)) return quick.Take();
  Sink thorough(utf8.size() + 8);
  FoldByIcu(icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size()))), thorough);
  return thorough.Take();
}

}  // namespace allmende::text
