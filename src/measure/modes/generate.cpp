#include "measure/modes/iteration.hpp"

namespace inferscale::measure {
namespace {

Result<LogitsView> run_generate(IterationState& state, bool check) {
  LogitsView logits;
  for (std::size_t step = 0; step < state.shapes().size(); ++step) {
    auto output = state.forward_sequences(step);
    if (!output) {
      return output;
    }
    logits = *output;
    // The shape at every step, for the argmax below reads by it; it costs nothing next to a forward pass.
    TRY(check ? state.check_output(step, logits) : state.check_shape_of(step, logits));
    state.take_tokens(step, logits);
  }
  return logits;
}

Result<void> finish_generate(IterationState& state, const LogitsView& last) {
  return state.check_output(state.shapes().size() - 1, last);
}

}  // namespace

constinit const ModeIteration kGenerateIteration{protocol::Mode::generate, implements<Forward>,
                                                 prepare_passes, run_generate, finish_generate};

}  // namespace inferscale::measure
