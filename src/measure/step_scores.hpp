#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "measure/backend.hpp"

namespace inferscale::measure {

/// Natural logs of the probabilities of `tokens`, one a sequence, by CachedSteps::last_logits(): of what a
/// step is about to append. `vocabulary` is the model's. Outcome::invalid_output for a NaN or infinite logit,
/// or a wrong shape.
Result<std::vector<double>> next_log_probabilities(const LogitsView& logits,
                                                   std::span<const std::int32_t> tokens, int vocabulary);

/// Of each sequence the highest logit less the second highest, of two tokens: how far a rounding must reach
/// to choose another token. Outcome::invalid_output as above.
Result<std::vector<double>> top_gaps(const LogitsView& logits, int sequences, int vocabulary);

}  // namespace inferscale::measure
