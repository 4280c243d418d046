#pragma once

#include "machine/gpu.hpp"
#include "measure/backend.hpp"
#include "protocol/measurement.hpp"

namespace inferscale::measure {

/// Measures one cell once, in this process. `load` is what the backend was loaded with. `gpu`, where the
/// backend runs on one, is sampled right before and right after the timed loop.
///
/// prefill: one iteration is one forward pass over the prompt. generate: `new_tokens` forward passes, each
/// over the whole sequence so far, and after each the argmax over the last position on the host. The clock is
/// read right before and right after an iteration; nothing else is timed. Buffers are made before the loop;
/// in it, beside the iteration, are two clock readings and the stopping rule.
///
/// Untimed, on the outputs of every warm-up iteration and of the last timed one: the shape is what it must
/// be, all logits are finite, the tokens lie in the vocabulary. Otherwise Outcome::invalid_output.
///
/// Errors: a mode that is refused, or whose ModeIteration is missing or does not run on the backend, is
/// Outcome::unsupported (decode: no backend has a KV cache yet); a sequence longer than the model's
/// positions is Outcome::profile_mismatch; what the backend says passes through.
Result<protocol::Measurement> measure(Backend& backend, const protocol::LoadRequest& load,
                                      const protocol::MeasureRequest& request, machine::Gpu* gpu = nullptr);

}  // namespace inferscale::measure
