// allmende export: everything of one collection as CSV or JSON lines, at one revision, from a running server.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "services/allmende/command/commands.h"

namespace allmende::command {
namespace {

using Json = nlohmann::ordered_json;

struct ExportOptions {
  ServerOptions server;
  std::string landscape;
  std::string format = "csv";
  std::string collection = "actors";
  std::string filter;
  std::string file;
};

// A column of the CSV: its heading and the fields that fill it, from the resource inwards. A list gives its values
// joined by "|"; of a list of objects each gives the rest of the path. Three words stand for more than a field:
//   "#first"         of a list only its first entry
//   "?kind=PHONE"    of a list only the entries with that value
//   "scheme=value"   the fields of an object, joined by "="
// The columns are those that the presets allmende-actors and allmende-areas read, so that an export can be imported.
struct CsvColumn {
  std::string_view heading;
  std::vector<std::string> path;
};

const std::vector<CsvColumn>& ActorColumns() {
  static const std::vector<CsvColumn> columns{{"name", {"name"}},
                                              {"display_name", {"displayName"}},
                                              {"other_names", {"otherNames"}},
                                              {"kinds", {"kinds"}},
                                              {"sphere", {"sphere"}},
                                              {"sector", {"sector"}},
                                              {"legal_form", {"legalForm"}},
                                              {"identifiers", {"identifiers", "scheme=agency=value"}},
                                              {"description", {"description"}},
                                              {"life_phases", {"lifePhases"}},
                                              {"topics", {"topics"}},
                                              {"target_groups", {"targetGroups"}},
                                              {"languages", {"languages"}},
                                              {"phone", {"channels", "?kind=PHONE", "value"}},
                                              {"fax", {"channels", "?kind=FAX", "value"}},
                                              {"email", {"channels", "?kind=EMAIL", "value"}},
                                              {"website", {"channels", "?kind=WEBSITE", "value"}},
                                              {"social", {"channels", "?kind=SOCIAL", "value"}},
                                              {"area", {"area"}},
                                              {"operator", {"operator"}},
                                              {"site", {"sites", "#first", "site"}},
                                              {"street", {"sites", "#first", "address", "street"}},
                                              {"house_number", {"sites", "#first", "address", "houseNumber"}},
                                              {"postcode", {"sites", "#first", "address", "postcode"}},
                                              {"locality", {"sites", "#first", "address", "locality"}},
                                              {"district", {"sites", "#first", "address", "district"}},
                                              {"addition", {"sites", "#first", "address", "addition"}},
                                              {"country", {"sites", "#first", "address", "country"}},
                                              {"latitude", {"sites", "#first", "point", "latitude"}},
                                              {"longitude", {"sites", "#first", "point", "longitude"}},
                                              {"source", {"source"}},
                                              {"source_key", {"sourceKey"}},
                                              {"verified_time", {"verifiedTime"}},
                                              {"update_time", {"updateTime"}}};
  return columns;
}

const std::vector<CsvColumn>& AreaColumns() {
  static const std::vector<CsvColumn> columns{{"name", {"name"}},
                                              {"display_name", {"displayName"}},
                                              {"other_names", {"otherNames"}},
                                              {"kind", {"kind"}},
                                              {"parent", {"parent"}},
                                              {"ags", {"keys", "?scheme=AGS", "value"}},
                                              {"ars", {"keys", "?scheme=ARS", "value"}},
                                              {"local_key", {"keys", "?scheme=LOCAL", "value"}},
                                              {"postcodes", {"postcodes"}},
                                              {"population", {"population", "total"}},
                                              {"male", {"population", "male"}},
                                              {"female", {"population", "female"}},
                                              {"population_as_of", {"population", "asOf"}},
                                              {"square_kilometres", {"squareKilometres"}},
                                              {"latitude", {"point", "latitude"}},
                                              {"longitude", {"point", "longitude"}},
                                              {"source", {"source"}}};
  return columns;
}

const std::vector<CsvColumn>& SiteColumns() {
  static const std::vector<CsvColumn> columns{{"name", {"name"}},
                                              {"actor", {"actor"}},
                                              {"display_name", {"displayName"}},
                                              {"main", {"main"}},
                                              {"street", {"address", "street"}},
                                              {"house_number", {"address", "houseNumber"}},
                                              {"postcode", {"address", "postcode"}},
                                              {"locality", {"address", "locality"}},
                                              {"district", {"address", "district"}},
                                              {"latitude", {"point", "latitude"}},
                                              {"longitude", {"point", "longitude"}},
                                              {"area", {"area"}},
                                              {"accessibility", {"accessibility"}},
                                              {"source", {"source"}}};
  return columns;
}

const std::vector<CsvColumn>& ColumnsOf(std::string_view collection) {
  return collection == "areas" ? AreaColumns() : collection == "sites" ? SiteColumns() : ActorColumns();
}

std::string TextAt(const Json& json, std::span<const std::string> path);

// Whether an entry of a list has what "?kind=PHONE" asks for.
bool Fits(const Json& entry, std::string_view condition) {
  const std::size_t equals = condition.find('=');
  const auto found = entry.find(std::string(condition.substr(1, equals - 1)));
  return found != entry.end() && *found == std::string(condition.substr(equals + 1));
}

// "school-number=IT.NRW=100020" for the path "scheme=agency=value".
std::string JoinedFields(const Json& entry, std::string_view names) {
  std::string text;
  while (true) {
    const std::size_t equals = names.find('=');
    text += entry.value(std::string(names.substr(0, equals)), "");
    if (equals == std::string_view::npos) return text;
    text += '=';
    names.remove_prefix(equals + 1);
  }
}

std::string ListText(const Json& list, std::span<const std::string> path) {
  const bool first_only = !path.empty() && path.front() == "#first";
  const bool conditional = !path.empty() && path.front().starts_with('?');
  const auto rest = first_only || conditional ? path.subspan(1) : path;
  std::string joined;
  for (const Json& item : list) {
    if (conditional && !Fits(item, path.front())) continue;
    std::string text = TextAt(item, rest);
    if (first_only) return text;
    std::ranges::replace(text, '|', '/');  // it separates the entries
    if (!text.empty()) joined += (joined.empty() ? "" : "|") + text;
  }
  return joined;
}

std::string TextAt(const Json& json, std::span<const std::string> path) {
  if (json.is_array()) return ListText(json, path);
  if (!path.empty()) {
    if (path.front().find('=') != std::string::npos) return JoinedFields(json, path.front());
    const auto found = json.find(path.front());
    return found == json.end() ? "" : TextAt(*found, path.subspan(1));
  }
  if (json.is_object() && json.contains("year")) {
    return fmt::format("{:04}-{:02}-{:02}", json.value("year", 0), json.value("month", 0), json.value("day", 0));
  }
  return json.is_string() ? json.get<std::string>() : json.dump();
}

// RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe in front.
std::string Cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos && text.size() > 1 &&
      text.find_first_not_of("+-.0123456789", 0) != std::string::npos) {
    text.insert(text.begin(), '\'');
  }
  if (text.find_first_of("\",\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

std::string CsvLine(const Json& resource, const std::vector<CsvColumn>& columns) {
  std::string line;
  for (const CsvColumn& column : columns) {
    if (&column != &columns.front()) line += ',';
    line += Cell(TextAt(resource, column.path));
  }
  return line + "\r\n";
}

std::string CsvHeader(const std::vector<CsvColumn>& columns) {
  std::string line;
  for (const CsvColumn& column : columns) line += fmt::format("{}{}", line.empty() ? "" : ",", column.heading);
  return line + "\r\n";
}

// Page after page; every page but the first is read at the first one's revision, so the whole is one state.
int Export(const ExportOptions& options, Console& console, std::ostream& out) {
  HttpClient client(options.server, console);
  const auto& columns = ColumnsOf(options.collection);
  const bool csv = options.format == "csv";
  const HttpReply head = client.Get(fmt::format("/v1/landscapes/{}", options.landscape));
  if (!head.ok()) return client.Explain(head);
  const auto revision = head.headers.find("x-revision");
  if (csv) out << CsvHeader(columns);

  std::string token;
  std::int64_t count = 0;
  do {
    const HttpReply reply = client.Get(
        fmt::format("/v1/landscapes/{}/{}{}", options.landscape, options.collection,
                    QueryString({{"page_size", "1000"},
                                 {"page_token", token},
                                 {"filter", options.filter},
                                 {"read_revision", revision == head.headers.end() ? "" : revision->second}})));
    if (!reply.ok()) return client.Explain(reply);
    const Json page = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
    if (!page.is_object())
      return console.Fail(kFailed, console.Say("Die Antwort ist kein JSON.", "The answer is not JSON."), "");
    for (const Json& resource : page.value(options.collection, Json::array())) {
      out << (csv ? CsvLine(resource, columns) : resource.dump() + "\n");
      ++count;
    }
    token = page.value("nextPageToken", "");
  } while (!token.empty() && out.good());
  out.flush();
  if (!out.good()) return console.Fail(kFailed, options.file, console.Say("Ist noch Platz?", "Is there space left?"));
  console.Note(fmt::format("{} {}, {} {}", count, options.collection, console.Say("Revision", "revision"),
                           revision == head.headers.end() ? "?" : revision->second));
  return kOk;
}

}  // namespace

void AddExport(const Commands& commands) {
  Console& console = commands.console;
  CLI::App* command =
      commands.Add("export",
                   console.Say("Schreibt Akteure, Gebiete oder Standorte als CSV oder JSON-Zeilen",
                               "Writes actors, areas or sites as CSV or JSON lines"),
                   "  allmende export --landscape musterland --format csv > akteure.csv\n"
                   "  allmende export --landscape musterland --format jsonl --collection areas --to gebiete.jsonl");
  auto options = std::make_shared<ExportOptions>();
  AddServerOptions(*command, options->server, console);
  command->add_option("--landscape", options->landscape, console.Say("Kennung der Landschaft", "Id of the landscape"))
      ->required();
  command->add_option("--format", options->format, "csv, jsonl")
      ->check(CLI::IsMember({"csv", "jsonl"}))
      ->capture_default_str();
  command->add_option("--collection", options->collection, "actors, areas, sites")
      ->check(CLI::IsMember({"actors", "areas", "sites"}))
      ->capture_default_str();
  command->add_option(
      "--filter", options->filter,
      console.Say("Nur was dazu passt (docs/betrieb/filter.md)", "Only what fits (docs/betrieb/filter.md)"));
  command->add_option("--to", options->file,
                      console.Say("Datei statt der Standardausgabe", "A file instead of standard output"));
  command->callback([options, &console, &exit_code = commands.exit_code] {
    if (options->file.empty()) {
      exit_code = Export(*options, console, std::cout);
      return;
    }
    std::ofstream out(options->file, std::ios::binary);
    exit_code = Export(*options, console, out);
  });
}

}  // namespace allmende::command
