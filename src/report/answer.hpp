#pragma once

#include <string>

#include "analysis/analysis.hpp"

namespace inferscale::report {

/// The decision of one mode as a sentence with its interval, from measured sizes: who is fastest where, and
/// between which sizes that changes. Ties are named as ties; without intervals it says so and decides
/// nothing.
std::string answer_sentence(const analysis::Analysis& analysis, const analysis::Decision& decision);

}  // namespace inferscale::report
