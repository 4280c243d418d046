#pragma once

#include <string>

#include "analysis/analysis.hpp"

namespace inferscale::report {

/// "11.2 M (gpt2-1m) to 25.0 M (gpt2-25m)"; each bracket; a dash for none.
std::string bracket_text(const analysis::Crossover& crossover);
/// Interpolated sizes inside the brackets.
std::string interpolated_text(const analysis::Crossover& crossover);
/// Fieller's 95% set of crossing sizes.
std::string fieller_text(const analysis::CrossoverFit& fit);
/// What the pair comes to: "openvino-cpu wins up to 11.2 M, onnxruntime-cpu from 25.0 M".
std::string verdict(const analysis::Crossover& crossover);

}  // namespace inferscale::report
