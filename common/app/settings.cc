#include "common/app/settings.h"

#include <span>

#include "common/base/macros.h"
#include "common/rpc/address.h"

namespace allmende::app {

using config::Between;
using config::OneOf;

void Declare(config::Settings& declared, Settings& settings) {
  declared.Add(settings.data, {"data", "Ordner der eingebauten Datenbank und der Schlüssel",
                               "folder of the embedded database and of the keys"});
  declared.Add(settings.database, {"database", "PostgreSQL statt der eingebauten Datenbank: postgresql://…",
                                   "PostgreSQL instead of the embedded database: postgresql://…"});
  declared.Add(settings.redis, {"redis", "gemeinsamer Zwischenspeicher: redis://…", "shared cache: redis://…"});
  declared.Add(settings.listen, {"listen", "Adressen, auf denen der Dienst antwortet (auch unix:/pfad)",
                                 "addresses on which the service answers (also unix:/path)"});
  declared.Add(settings.grpc_listen,
               {"grpc-listen", "weitere Adressen, nur für gRPC", "further addresses, for gRPC only"});
  declared.Add(settings.development, {"development", "alle dürfen alles; nur auf diesem Rechner",
                                      "everybody may do everything; on this machine only"});
  declared.Add(settings.keys, {"keys", "Datei mit den API-Schlüsseln, sonst keys.json in --data",
                               "file of the API keys, else keys.json in --data"});
  declared.Add(settings.registry, {"registry", "Adresse des Registers, sonst in diesem Prozess",
                                   "address of the registry, else in this process"});
  declared.Add(settings.metrics, {"metrics", "Adresse für Prometheus auf diesem Rechner, sonst keine",
                                  "address for Prometheus on this machine, else none"});
  declared.Add(settings.log_level,
               {"log-level", "was ins Protokoll kommt: debug, info, warning, error",
                "what is logged: debug, info, warning, error"},
               OneOf({"debug", "info", "warning", "error"}));
  declared.Add(settings.cache_mib,
               {"cache-mib", "MiB für den Zwischenspeicher im Prozess", "MiB of the cache in the process"},
               Between(1, 65'536));
  declared.Add(settings.calls.threads, {"threads", "Threads, auf denen Anfragen laufen", "threads on which calls run"},
               Between(1, 1'024));
  declared.Add(settings.calls.queue,
               {"queue", "Anfragen, die auf einen Thread warten dürfen", "calls that may wait for a thread"},
               Between(1, 100'000));
  declared.Add(settings.calls.streams, {"streams", "Ströme zur gleichen Zeit", "streams at the same time"},
               Between(1, 100'000));
  declared.Add(settings.calls.stream_patience, {"stream-patience", "wie lange ein Strom auf die Gegenseite wartet",
                                                "how long a stream waits for the other side"});
  declared.Add(settings.calls.admission.calls_per_second,
               {"landscape-rate", "Anfragen je Sekunde und Bildungslandschaft, 0: ohne Grenze",
                "calls per second and landscape, 0: no limit"});
  declared.Add(settings.calls.admission.burst,
               {"landscape-burst", "Anfragen auf einmal je Bildungslandschaft", "calls at once per landscape"});
  declared.Add(settings.calls.admission.concurrency,
               {"concurrency", "Anfragen zur gleichen Zeit", "calls at the same time"}, Between(1, 1'000'000));
  declared.Add(settings.host.max_connections,
               {"connections", "Verbindungen zur gleichen Zeit", "connections at the same time"},
               Between(1, 1'000'000));
  declared.Add(settings.host.drain_limit, {"drain", "wie lange beim Ende auf laufende Anfragen gewartet wird",
                                           "how long running calls are waited for at the end"});
  declared.Add(settings.host.reflection, {"reflection", "beschreibt die gRPC-Schnittstelle auf Nachfrage",
                                          "describes the gRPC interface on demand"});
}

absl::Status CheckTogether(const Settings& settings) {
  for (const auto& [field, addresses] : {std::pair{"--listen", std::span(settings.listen)},
                                         std::pair{"--grpc-listen", std::span(settings.grpc_listen)}}) {
    for (const std::string& text : addresses) {
      ASSIGN_OR_RETURN(const rpc::Address address, rpc::ParseAddress(text));
      if (!settings.development || rpc::IsLoopback(address)) continue;
      return FieldError(
          "--development", Reason::CONFLICTING_FIELDS,
          Both("why", "ohne Anmeldung nur auf Adressen, die allein dieser Rechner erreicht (127.0.0.1, ::1, unix:)",
               "without identity only on addresses that nobody but this machine reaches (127.0.0.1, ::1, unix:)",
               {{"fields", std::string("--development, ") + field + " " + text}}));
    }
  }
  if (settings.metrics.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const rpc::Address address, rpc::ParseAddress(settings.metrics));
  if (!address.IsUnix() && rpc::IsLoopback(address)) return absl::OkStatus();
  return FieldError("--metrics", Reason::MALFORMED, {{"value", settings.metrics}, {"expected", "127.0.0.1:9464"}});
}

}  // namespace allmende::app
