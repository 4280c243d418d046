#pragma once

#include <string>

#include "analysis/analysis.hpp"

namespace inferscale::report {

/// Over overall throughput; nullptr when the two never met. Names in either order.
const analysis::Crossover* find_crossover(const analysis::Analysis& analysis, protocol::Mode mode,
                                          const std::string& one, const std::string& other);

/// Where the answer changes from `low` to `high`, inside the measured bracket: "least squares 16.1 M, 95%
/// interval 12.0 M to 21.3 M", or the interpolation when a line says nothing here. `crossover` may be null.
std::string crossing_words(const analysis::Crossover* crossover, const std::string& low_winner,
                           const std::string& high_winner, double low_parameters, double high_parameters);

/// "11.2 M (gpt2-1m) to 25.0 M (gpt2-25m)"; each bracket; a dash for none.
std::string bracket_text(const analysis::Crossover& crossover);
/// Interpolated sizes inside the brackets.
std::string interpolated_text(const analysis::Crossover& crossover);
/// Fieller's 95% set of crossing sizes.
std::string fieller_text(const analysis::CrossoverFit& fit);
/// What the pair comes to: "openvino-cpu wins up to 11.2 M, onnxruntime-cpu from 25.0 M".
std::string verdict(const analysis::Crossover& crossover);

}  // namespace inferscale::report
