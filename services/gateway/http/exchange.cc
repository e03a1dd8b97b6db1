#include "services/gateway/http/exchange.h"

namespace allmende::gateway {

void Response::Add(std::string_view name, std::string_view value) {
  headers.append(name).append(": ");
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') headers.push_back(c);
  }
  headers.append("\r\n");
}

}  // namespace allmende::gateway
