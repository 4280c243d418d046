#pragma once

#include "model/spec.hpp"

namespace inferscale::family {

// What families have in common that have the same blocks: what of a spec their tensors can say. An error
// names the field.

/// GPT-2 and OPT: layer norms, learned positions, as many heads of keys as of queries.
Result<void> check_learned_blocks(const model::DecoderSpec& spec);

/// Llama and what came of it: norms by root mean square, rotary positions, a gated MLP.
Result<void> check_rotary_blocks(const model::DecoderSpec& spec);

}  // namespace inferscale::family
