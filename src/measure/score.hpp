#pragma once

#include "measure/backend.hpp"
#include "protocol/scores.hpp"

namespace inferscale::measure {

/// Scores sequences in one forward pass of shape [sequences, length]. Shorter ones are padded on the right
/// with token 0; attention is causal, so that no scored position sees the padding.
///
/// Errors: a backend loaded with logits 'last' is Outcome::error; a length beyond the model's positions
/// Outcome::profile_mismatch; tokens outside the vocabulary Outcome::error; a NaN or infinite logit at a
/// scored position Outcome::invalid_output; what the backend says passes through.
Result<protocol::Scores> score(Forward& backend, const protocol::LoadRequest& load,
                               const protocol::ScoreRequest& request);

}  // namespace inferscale::measure
