#include <algorithm>

#include "core/clock.hpp"
#include "measure/modes/iteration.hpp"

namespace inferscale::measure {
namespace {

/// Steps of an iteration that is not timed: each looks at all logits, and later ones do what these do.
constexpr std::size_t kCheckedSteps = 16;

Result<LogitsView> run_decode(IterationState& state, bool check) {
  const std::size_t passes = check ? std::min(state.shapes().size(), kCheckedSteps) : state.shapes().size();
  auto before = Clock::now();
  for (std::size_t step = 0; step < passes; ++step) {
    TRY_ASSIGN(const CachedSteps::Chosen chosen, state.cached_pass(step));
    TRY(state.take_chosen(step, chosen));
    if (check) {
      TRY(state.check_last_logits());
      continue;
    }
    const auto now = Clock::now();
    state.keep_time(step, seconds_between(before, now) * 1e3);
    before = now;
  }
  return state.logits_of_step();
}

Result<void> finish_decode(IterationState& state, const LogitsView& /*last*/) {
  return state.check_last_logits();
}

Result<void> prepare_caches(Backend& backend, const protocol::MeasureRequest& request) {
  const protocol::CacheShape cache = cache_of(request);
  return interface_of<CachedSteps>(backend)->reserve({&cache, 1});
}

}  // namespace

constinit const ModeIteration kDecodeIteration{protocol::Mode::decode, implements<CachedSteps>,
                                               prepare_caches, run_decode, finish_decode};

}  // namespace inferscale::measure
