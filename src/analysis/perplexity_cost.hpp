#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/quality_result.hpp"

namespace inferscale::analysis {

/// How much of the reference's perplexity a backend adds or takes, as a share: the largest change among those
/// models, of trained weights (of random ones perplexity says nothing). None where none is known.
std::optional<double> perplexity_cost(std::span<const record::QualityResult> quality,
                                      const std::string& backend, const std::vector<std::string>& models);

/// Why a backend with that change may not be chosen where it may be `most` at most, either way; empty when it
/// may, and without a `most`. What is not known is too much.
std::string too_much_perplexity(const std::optional<double>& change, const std::optional<double>& most);

}  // namespace inferscale::analysis
