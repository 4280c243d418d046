#include "analysis/cost.hpp"

#include <cmath>

namespace inferscale::analysis {
namespace {

bool sensible(double value) {
  return std::isfinite(value) && value >= 0;
}

}  // namespace

std::optional<Amortisation> amortise(double build_s, double slow_tok_s, double fast_tok_s) {
  if (!sensible(build_s) || !sensible(slow_tok_s) || !sensible(fast_tok_s) || fast_tok_s <= slow_tok_s) {
    return std::nullopt;
  }
  const double seconds = build_s * slow_tok_s / (fast_tok_s - slow_tok_s);
  return Amortisation{seconds, seconds * fast_tok_s};
}

std::optional<double> price_per_million_tokens(double price_per_hour, double throughput_tok_s) {
  if (!sensible(price_per_hour) || !std::isfinite(throughput_tok_s) || throughput_tok_s <= 0) {
    return std::nullopt;
  }
  return price_per_hour / (throughput_tok_s * 3600) * 1e6;
}

}  // namespace inferscale::analysis
