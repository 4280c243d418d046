#pragma once

#include <optional>

#include "analysis/interval.hpp"

namespace inferscale::analysis {

/// Wilson's score interval of a proportion: sensible at 0 and at 100%. nullopt for no trials.
/// Wilson (1927), J. Am. Stat. Assoc. 22:209.
std::optional<Interval> wilson_interval(int successes, int trials, double confidence = 0.95);

}  // namespace inferscale::analysis
