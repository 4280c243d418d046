#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "protocol/requests.hpp"

namespace inferscale::protocol {

/// The sequences of a request (all of one length) one behind the other, checked against the model:
/// Outcome::profile_mismatch when they are longer than its positions, an error for a token outside its
/// vocabulary. `request` ("logits") leads that error.
Result<std::vector<std::int32_t>> flat_token_ids(const std::vector<std::vector<std::int32_t>>& sequences,
                                                 const LoadRequest& loaded, std::string_view request);

/// Those of one step, a token a sequence: an error for one outside the vocabulary.
Result<void> check_token_ids(std::span<const std::int32_t> tokens, const LoadRequest& loaded,
                             std::string_view request);

/// Of tokens that a worker chose: Outcome::invalid_output for the first one outside the vocabulary.
Result<void> check_chosen_tokens(std::span<const std::int32_t> tokens, int vocabulary);

}  // namespace inferscale::protocol
