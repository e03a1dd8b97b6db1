// allmende export: everything of one collection as CSV or JSON lines, at one revision, from a running server.
#include <fmt/format.h>

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
// joined by "|"; of a list of objects each gives the rest of the path.
struct CsvColumn {
  std::string_view heading;
  std::vector<std::string> path;
};

const std::vector<CsvColumn>& ColumnsOf(std::string_view collection) {
  static const std::vector<CsvColumn> kActors{{"name", {"name"}},
                                              {"display_name", {"displayName"}},
                                              {"other_names", {"otherNames"}},
                                              {"kinds", {"kinds"}},
                                              {"sphere", {"sphere"}},
                                              {"sector", {"sector"}},
                                              {"legal_form", {"legalForm"}},
                                              {"identifiers", {"identifiers", "value"}},
                                              {"life_phases", {"lifePhases"}},
                                              {"topics", {"topics"}},
                                              {"target_groups", {"targetGroups"}},
                                              {"languages", {"languages"}},
                                              {"channels", {"channels", "value"}},
                                              {"area", {"area"}},
                                              {"operator", {"operator"}},
                                              {"street", {"sites", "address", "street"}},
                                              {"house_number", {"sites", "address", "houseNumber"}},
                                              {"postcode", {"sites", "address", "postcode"}},
                                              {"locality", {"sites", "address", "locality"}},
                                              {"source", {"source"}},
                                              {"source_key", {"sourceKey"}},
                                              {"verified_time", {"verifiedTime"}},
                                              {"update_time", {"updateTime"}}};
  static const std::vector<CsvColumn> kAreas{{"name", {"name"}},
                                             {"display_name", {"displayName"}},
                                             {"kind", {"kind"}},
                                             {"parent", {"parent"}},
                                             {"keys", {"keys", "value"}},
                                             {"postcodes", {"postcodes"}},
                                             {"population", {"population", "total"}},
                                             {"square_kilometres", {"squareKilometres"}},
                                             {"latitude", {"point", "latitude"}},
                                             {"longitude", {"point", "longitude"}},
                                             {"source", {"source"}}};
  static const std::vector<CsvColumn> kSites{{"name", {"name"}},
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
  return collection == "areas" ? kAreas : collection == "sites" ? kSites : kActors;
}

std::string TextAt(const Json& json, std::span<const std::string> path) {
  if (json.is_array()) {
    std::string joined;
    for (const Json& item : json) {
      const std::string text = TextAt(item, path);
      if (!text.empty()) joined += (joined.empty() ? "" : "|") + text;
    }
    return joined;
  }
  if (!path.empty()) {
    const auto found = json.find(path.front());
    return found == json.end() ? "" : TextAt(*found, path.subspan(1));
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
