// The code lists that a new landscape starts with. Phases of life and their ages: the usual nine of education along the
// course of life. Topics and target groups: what education offices ask about most; every landscape may change them.
#include <array>
#include <span>
#include <string_view>

#include "services/registry/rules/landscape.h"

namespace allmende::registry {
namespace {

struct DefaultPhase {
  std::string_view code, de, en;
  int from_years, to_years;  // end exclusive; 0: no limit
};

constexpr std::array<DefaultPhase, 9> kLifePhases = {{
    {"EARLY_CHILDHOOD", "Frühe Bildung", "Early childhood", 0, 6},
    {"PRIMARY", "Grundschulalter", "Primary school age", 6, 10},
    {"SECONDARY", "Weiterführende Schule", "Secondary school", 10, 19},
    {"SCHOOL_TO_WORK", "Übergang Schule–Beruf", "From school to work", 15, 25},
    {"VOCATIONAL_TRAINING", "Berufliche Bildung", "Vocational training", 16, 25},
    {"HIGHER_EDUCATION", "Hochschulbildung", "Higher education", 18, 30},
    {"ADULT_LEARNING", "Erwachsenen- und Weiterbildung", "Adult learning", 18, 65},
    {"SENIORS", "Bildung im Alter", "Learning in later life", 60, 0},
    {"FAMILY", "Familienbildung", "Family learning", 0, 0},
}};

struct DefaultCode {
  std::string_view code, de, en, parent;
};

constexpr std::array<DefaultCode, 26> kTopics = {{
    {"LANGUAGE", "Sprache", "Language", ""},
    {"LANGUAGE_GERMAN", "Deutsch als Zweitsprache", "German as a second language", "LANGUAGE"},
    {"LITERACY", "Lesen, Schreiben, Grundbildung", "Reading, writing, basic skills", "LANGUAGE"},
    {"STEM", "Mathematik, Informatik, Naturwissenschaft, Technik", "Science, technology, engineering, mathematics", ""},
    {"DIGITAL", "Digitale Bildung", "Digital skills", ""},
    {"MEDIA", "Medienbildung", "Media literacy", "DIGITAL"},
    {"CULTURE", "Kulturelle Bildung", "Cultural education", ""},
    {"MUSIC", "Musik", "Music", "CULTURE"},
    {"ARTS", "Kunst und Gestaltung", "Arts and design", "CULTURE"},
    {"THEATRE", "Theater und Tanz", "Theatre and dance", "CULTURE"},
    {"SPORTS", "Bewegung und Sport", "Exercise and sports", ""},
    {"HEALTH", "Gesundheit und Ernährung", "Health and nutrition", ""},
    {"POLITICS", "Politische Bildung und Demokratie", "Civic education and democracy", ""},
    {"SUSTAINABILITY", "Bildung für nachhaltige Entwicklung", "Education for sustainable development", ""},
    {"ENVIRONMENT", "Umwelt und Natur", "Environment and nature", "SUSTAINABILITY"},
    {"INCLUSION", "Inklusion", "Inclusion", ""},
    {"INTEGRATION", "Integration und Migration", "Integration and migration", ""},
    {"SOCIAL_SKILLS", "Soziales Lernen", "Social learning", ""},
    {"ALL_DAY", "Ganztag", "All-day schooling", ""},
    {"CAREER_GUIDANCE", "Berufsorientierung", "Career guidance", ""},
    {"TRAINING", "Aus- und Weiterbildung im Beruf", "Vocational and further training", ""},
    {"PARENTING", "Erziehung und Elternarbeit", "Parenting", ""},
    {"COUNSELLING", "Beratung", "Counselling", ""},
    {"PREVENTION", "Prävention", "Prevention", ""},
    {"VOLUNTEERING", "Ehrenamt und Engagement", "Volunteering", ""},
    {"HISTORY", "Geschichte und Heimat", "History and local heritage", ""},
}};

constexpr std::array<DefaultCode, 13> kTargetGroups = {{
    {"CHILDREN", "Kinder", "Children", ""},
    {"TODDLERS", "Kinder unter drei Jahren", "Children under three", "CHILDREN"},
    {"YOUNG_PEOPLE", "Jugendliche", "Young people", ""},
    {"PARENTS", "Eltern und Familien", "Parents and families", ""},
    {"SINGLE_PARENTS", "Alleinerziehende", "Single parents", "PARENTS"},
    {"APPRENTICES", "Auszubildende", "Apprentices", ""},
    {"JOB_SEEKERS", "Arbeitsuchende", "Job seekers", ""},
    {"EMPLOYEES", "Beschäftigte", "Employees", ""},
    {"OLDER_PEOPLE", "Ältere Menschen", "Older people", ""},
    {"NEWCOMERS", "Neuzugewanderte", "Newcomers", ""},
    {"PEOPLE_WITH_DISABILITIES", "Menschen mit Behinderungen", "People with disabilities", ""},
    {"PROFESSIONALS", "Fachkräfte der Bildung", "Education professionals", ""},
    {"VOLUNTEERS", "Ehrenamtliche", "Volunteers", ""},
}};

void SetLabel(auto& entry, std::string_view de, std::string_view en) {
  entry.mutable_label()->set_de(std::string(de));
  entry.mutable_label()->set_en(std::string(en));
}

void Append(std::span<const DefaultCode> defaults, google::protobuf::RepeatedPtrField<v1::Code>& codes) {
  for (const DefaultCode& entry : defaults) {
    v1::Code& code = *codes.Add();
    code.set_code(std::string(entry.code));
    code.set_parent(std::string(entry.parent));
    SetLabel(code, entry.de, entry.en);
  }
}

}  // namespace

void FillDefaults(Landscape& landscape) {
  constexpr int kMonths = 12;
  v1::LandscapeSettings& settings = *landscape.mutable_settings();
  if (settings.language().empty()) settings.set_language("de");
  if (settings.time_zone().empty()) settings.set_time_zone("Europe/Berlin");
  if (landscape.life_phases().empty()) {
    for (const DefaultPhase& entry : kLifePhases) {
      v1::LifePhase& phase = *landscape.add_life_phases();
      phase.set_code(std::string(entry.code));
      SetLabel(phase, entry.de, entry.en);
      phase.mutable_ages()->set_from_months(entry.from_years * kMonths);
      phase.mutable_ages()->set_to_months(entry.to_years * kMonths);
    }
  }
  if (landscape.topics().empty()) Append(kTopics, *landscape.mutable_topics());
  if (landscape.target_groups().empty()) Append(kTargetGroups, *landscape.mutable_target_groups());
}

}  // namespace allmende::registry
