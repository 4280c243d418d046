#include "measure/modes/iteration.hpp"

namespace inferscale::measure {
namespace {

Result<LogitsView> run_prefill(IterationState& state, bool check) {
  auto logits = state.forward_prompt();
  if (check && logits) {
    TRY(state.check_output(0, *logits));
  }
  return logits;
}

/// The argmax is no part of a prefill, so it is taken once, after the loop.
Result<void> finish_prefill(IterationState& state, const LogitsView& last) {
  TRY(state.check_output(0, last));
  state.take_tokens(0, last);
  return {};
}

}  // namespace

constinit const ModeIteration kPrefillIteration{protocol::Mode::prefill, implements<Forward>, prepare_passes,
                                                run_prefill, finish_prefill};

}  // namespace inferscale::measure
