#pragma once

#include <optional>

namespace inferscale::analysis {

/// When a build (an engine, a compilation) has paid for itself against serving at once with the slower
/// backend.
struct Amortisation {
  double seconds = 0;  ///< of serving after the build
  double tokens = 0;   ///< served in that time by the faster backend
};

/// During the build the slower backend would have served build_s x slow tokens; the faster one makes them up
/// at (fast - slow) a second: seconds = build_s x slow / (fast - slow), tokens = seconds x fast. nullopt when
/// the build brings no gain, or a value is not a finite number of at least 0.
std::optional<Amortisation> amortise(double build_s, double slow_tok_s, double fast_tok_s);

/// price_per_hour / (throughput_tok_s x 3600) x 1e6, in the price's currency; nullopt for a throughput not
/// above 0.
std::optional<double> price_per_million_tokens(double price_per_hour, double throughput_tok_s);

}  // namespace inferscale::analysis
