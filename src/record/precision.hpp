#pragma once

#include <optional>
#include <string_view>

namespace inferscale::record {

/// What is known of a precision beside its name.
struct PrecisionFacts {
  std::string_view name;
  double bits = 0;            ///< of a weight in memory
  std::string_view computes;  ///< what products are computed in: a name of environment.json's rates
  std::string_view gate;      ///< the precision that accuracy is judged by
};

/// Of the precisions that this version knows; none for another.
std::optional<PrecisionFacts> precision_facts(std::string_view name);

}  // namespace inferscale::record
