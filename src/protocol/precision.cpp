#include "protocol/precision.hpp"

#include <algorithm>
#include <array>

namespace inferscale::protocol {
namespace {

/// A name that is its own gate, and its own type of products.
struct Known {
  std::string_view name;
  double bits;
};

constexpr std::array<Known, 5> kKnown{{{"fp32", 32}, {"tf32", 32}, {"fp16", 16}, {"bf16", 16}, {"int8", 8}}};

}  // namespace

std::optional<PrecisionFacts> known_precision(std::string_view name) {
  const auto found =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& one) { return one.name == name; });
  if (found == kKnown.end()) {
    return std::nullopt;
  }
  const std::string text(name);
  return PrecisionFacts{text, found->bits, text, text};
}

PrecisionFacts named_precision(std::string_view name) {
  return known_precision(name).value_or(PrecisionFacts{std::string(name), 0, {}, {}});
}

bool is_full_precision(const PrecisionFacts& facts) {
  return facts.gate == kKnown.front().name;
}

Result<PrecisionFacts> parse_precision_facts(const Json& json, const std::string& place) {
  if (!json.is_object()) {
    return fail("{}: must be a JSON object", place);
  }
  FieldReader fields(json, place);
  PrecisionFacts facts;
  TRY(read_fields(fields, facts));
  if (!(facts.bits > 0) || facts.bits > 64) {
    return fail("{}: bits must be above 0 and at most 64, not {}", place, facts.bits);
  }
  return facts;
}

}  // namespace inferscale::protocol
