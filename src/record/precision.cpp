#include "record/precision.hpp"

namespace inferscale::record {
namespace {

const Json* find(const Json& json, const std::string& field) {
  const auto found = json.is_object() ? json.find(field) : json.end();
  return json.is_object() && found != json.end() ? &*found : nullptr;
}

}  // namespace

std::optional<PrecisionFacts> precision_facts(std::string_view name) {
  return protocol::known_precision(name);
}

std::optional<PrecisionFacts> precision_facts(const Json& environment, const std::string& backend,
                                              std::string_view precision) {
  const Json* backends = find(environment, "backends");
  const Json* entry = backends == nullptr ? nullptr : find(*backends, backend);
  const Json* kept = entry == nullptr ? nullptr : find(*entry, "precision_facts");
  if (kept != nullptr) {
    if (auto facts = protocol::parse_precision_facts(*kept, "precision_facts")) {
      return std::move(*facts);
    }
  }
  return precision_facts(precision);
}

}  // namespace inferscale::record
