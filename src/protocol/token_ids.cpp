#include "protocol/token_ids.hpp"

#include <algorithm>

namespace inferscale::protocol {

Result<std::vector<std::int32_t>> flat_token_ids(const std::vector<std::vector<std::int32_t>>& sequences,
                                                 const LoadRequest& loaded, std::string_view request) {
  const auto length = static_cast<int>(sequences.at(0).size());
  if (length > loaded.max_positions) {
    return fail_as(Outcome::profile_mismatch,
                   "a sequence of {} tokens is longer than the model's {} positions", length,
                   loaded.max_positions);
  }
  std::vector<std::int32_t> ids;
  for (const auto& sequence : sequences) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
  }
  TRY(check_token_ids(ids, loaded, request));
  return ids;
}

Result<void> check_token_ids(std::span<const std::int32_t> tokens, const LoadRequest& loaded,
                             std::string_view request) {
  if (std::any_of(tokens.begin(), tokens.end(), [&](int id) { return id < 0 || id >= loaded.vocabulary; })) {
    return fail("{}: a token id is outside the vocabulary of {}", request, loaded.vocabulary);
  }
  return {};
}

Result<void> check_chosen_tokens(std::span<const std::int32_t> tokens, int vocabulary) {
  for (const std::int32_t token : tokens) {
    if (token < 0 || token >= vocabulary) {
      return fail_as(Outcome::invalid_output, "token {} lies outside the vocabulary of {}", token,
                     vocabulary);
    }
  }
  return {};
}

}  // namespace inferscale::protocol
