#include "record/precision.hpp"

#include <algorithm>
#include <array>

namespace inferscale::record {

std::optional<PrecisionFacts> precision_facts(std::string_view name) {
  static constexpr std::array<PrecisionFacts, 5> kKnown{{{"fp32", 32, "fp32", "fp32"},
                                                         {"tf32", 32, "tf32", "tf32"},
                                                         {"fp16", 16, "fp16", "fp16"},
                                                         {"bf16", 16, "bf16", "bf16"},
                                                         {"int8", 8, "int8", "int8"}}};
  const auto found =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const PrecisionFacts& one) { return one.name == name; });
  return found == kKnown.end() ? std::nullopt : std::optional(*found);
}

}  // namespace inferscale::record
