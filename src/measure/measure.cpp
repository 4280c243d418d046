#include "measure/measure.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "core/clock.hpp"
#include "measure/memory.hpp"
#include "measure/modes/iteration.hpp"
#include "measure/stopping.hpp"
#include "measure/summary.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::measure {

using namespace protocol;

namespace {

constexpr int kMaxIterations = 1'000'000;  // a latency is kept for each

std::size_t count(int value) {
  return static_cast<std::size_t>(value);
}

Result<void> check_stopping_rule(const StoppingRule& stop) {
  if (stop.max_iterations < 1 || stop.max_iterations > kMaxIterations || stop.min_iterations < 1 ||
      stop.min_iterations > stop.max_iterations) {
    return fail("the stopping rule needs 1 <= min_iterations <= max_iterations <= {}, not {} and {}",
                kMaxIterations, stop.min_iterations, stop.max_iterations);
  }
  if (!(stop.max_s > 0) || !(stop.target_relative_half_width >= 0)) {
    return fail("the stopping rule needs max_s above 0 and target_relative_half_width of at least 0");
  }
  return {};
}

Result<void> check_request(const LoadRequest& load, const MeasureRequest& request) {
  const ModeDescriptor& mode = descriptor(request.mode);
  if (!mode.runs()) {
    return fail_as(Outcome::unsupported, "{}", mode.refusal);
  }
  if (request.scenario.batch < 1 || request.scenario.prompt_tokens < 1 || request.warmup_iterations < 0 ||
      (mode.makes_tokens && request.new_tokens < 1)) {
    return fail("batch, prompt_tokens and new_tokens must be at least 1, warmup_iterations at least 0");
  }
  if (load.vocabulary < 1) {
    return fail("the load request gave no vocabulary");
  }
  TRY(check_stopping_rule(request.stop));
  const std::int64_t longest = mode.longest(request.scenario, request.new_tokens);
  if (load.max_positions > 0 && longest > load.max_positions) {
    return fail_as(Outcome::profile_mismatch,
                   "a sequence of {} tokens is longer than the model's {} positions", longest,
                   load.max_positions);
  }
  return {};
}

struct Timed {
  std::vector<double> latencies_ms;
  LogitsView last;
  std::optional<machine::GpuSample> before, after;
};

Result<Timed> timed_loop(const ModeIteration& mode, IterationState& state, const StoppingRule& stop_at,
                         machine::Gpu* gpu) {
  Timed timed;
  timed.latencies_ms.assign(count(stop_at.max_iterations), 0.0);  // written once here, so no page fault later
  StoppingWatch watch(stop_at);
  if (gpu != nullptr) {
    timed.before = gpu->sample();
  }
  bool stop = false;
  while (!stop) {
    const auto start = Clock::now();
    auto logits = mode.run(state, false);
    const auto end = Clock::now();
    if (!logits) {
      return tl::unexpected(std::move(logits).error());
    }
    timed.last = *logits;
    const double latency_s = seconds_between(start, end);
    timed.latencies_ms[count(watch.iterations())] = latency_s * 1e3;
    stop = watch.add(latency_s);
  }
  if (gpu != nullptr) {
    timed.after = gpu->sample();
  }
  timed.latencies_ms.resize(count(watch.iterations()));
  return timed;
}

}  // namespace

Result<Measurement> measure(Backend& backend, const LoadRequest& load, const MeasureRequest& request,
                            machine::Gpu* gpu) {
  TRY(check_request(load, request));
  const ModeIteration* mode = find_iteration(request.mode);
  if (mode == nullptr || !mode->runs_on(backend)) {
    return fail_as(Outcome::unsupported, "this worker does not run mode {}", to_string(request.mode));
  }
  IterationState state(backend, load, request);
  TRY(mode->prepare(backend, request));
  for (int i = 0; i < request.warmup_iterations; ++i) {
    TRY(mode->run(state, true));
  }
  TRY_ASSIGN(Timed timed, timed_loop(*mode, state, request.stop, gpu));
  TRY(mode->finish(state, timed.last));
  Measurement measurement;
  measurement.warmup_iterations = request.warmup_iterations;
  measurement.iterations = static_cast<int>(timed.latencies_ms.size());
  measurement.latency_ms = summarize(timed.latencies_ms);
  measurement.output_shape = {timed.last.batch, timed.last.positions, timed.last.vocabulary};
  measurement.new_tokens = state.tokens();
  measurement.memory_peak_mb = read_process_memory().peak_mb;
  measurement.details = backend.details();
  state.add_cached(measurement);
  if (gpu != nullptr) {
    const auto tokens = counted_tokens(request.scenario, request.mode, request.new_tokens);
    measurement.clocks =
        clocks_json(*timed.before, *timed.after, static_cast<double>(tokens) * measurement.iterations);
    measurement.gpu_memory_peak_mb = gpu->memory_peak_mb();
  }
  return measurement;
}

}  // namespace inferscale::measure
