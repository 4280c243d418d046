#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/fields.hpp"

namespace inferscale::protocol {

/// What is known of a precision beside its name. A backend says it in hello (docs/reference/protocol.md), so
/// that a precision which this version has never heard of is judged, and held against the roofline, like any
/// other.
struct PrecisionFacts {
  std::string name;      ///< "fp32", "q4_k_m"
  double bits = 0;       ///< of a weight in memory, with its share of scales; 0: not known
  std::string computes;  ///< what products are computed in: a name of environment.json's rates
  std::string gate;      ///< the precision that accuracy is judged by; empty: none is known
};

constexpr auto declared_fields(const PrecisionFacts* /*type*/) {
  constexpr FieldFacts kRequired{.required = true};
  return std::tuple{
      field<&PrecisionFacts::name>("name", kRequired),
      field<&PrecisionFacts::bits>("bits", {.required = true, .range = NumberRange{0, 64}}),
      field<&PrecisionFacts::computes>("computes", kRequired),
      field<&PrecisionFacts::gate>("gate", kRequired),
  };
}

/// Of the precisions that this version knows, for workers and results that only name theirs.
std::optional<PrecisionFacts> known_precision(std::string_view name);

/// known_precision(); for another name, facts that say nothing but the name.
PrecisionFacts named_precision(std::string_view name);

/// Judged as fp32 is: what others can be compared with.
bool is_full_precision(const PrecisionFacts& facts);

/// Reads the declared fields; others, which a later minor version may add, are left alone. The error names
/// the field that is missing or out of its range.
Result<PrecisionFacts> parse_precision_facts(const Json& json, const std::string& place);

}  // namespace inferscale::protocol
