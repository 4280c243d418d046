#pragma once

#include <string>
#include <vector>

#include "report/pictures.hpp"
#include "report/sections.hpp"

namespace inferscale::report {

/// A quantity that backends take beside time, or how often they fail, as bars of backends in rank order.
struct Need {
  std::string name;   ///< of its picture: "gpu_memory"
  std::string title;  ///< "Peak of GPU memory (NVIDIA H200)"
  std::vector<Bar> bars;
  double full = 0;  ///< what the whole width means at the least
};

/// Those that the study measured, of its largest model: price of tokens, host and GPU memory, size of what is
/// loaded, build time, energy a token.
std::vector<Need> needs_of(const Source& source);
/// The share of degraded repetitions for each mode in which there are some.
std::vector<Need> degradation_of(const analysis::Analysis& analysis);
/// The model that needs_of() is about.
const analysis::ModelSize* needs_model(const analysis::Analysis& analysis);

}  // namespace inferscale::report
