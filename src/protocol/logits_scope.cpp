#include "protocol/logits_scope.hpp"

namespace inferscale::protocol {

std::string_view to_string(LogitsScope scope) {
  return scope == LogitsScope::all ? "all" : "last";
}

std::optional<LogitsScope> parse_logits_scope(std::string_view text) {
  for (const LogitsScope scope : {LogitsScope::all, LogitsScope::last}) {
    if (to_string(scope) == text) {
      return scope;
    }
  }
  return std::nullopt;
}

}  // namespace inferscale::protocol
