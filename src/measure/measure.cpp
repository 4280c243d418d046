#include "measure/measure.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "core/clock.hpp"
#include "measure/logits.hpp"
#include "measure/memory.hpp"
#include "measure/stopping.hpp"
#include "measure/summary.hpp"
#include "protocol/prompt.hpp"

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
  if (request.mode == Mode::decode) {
    return fail_as(Outcome::unsupported, "this worker has no KV-cached decode; use mode generate");
  }
  if (request.scenario.batch < 1 || request.scenario.prompt_tokens < 1 || request.warmup_iterations < 0 ||
      (request.mode == Mode::generate && request.new_tokens < 1)) {
    return fail("batch, prompt_tokens and new_tokens must be at least 1, warmup_iterations at least 0");
  }
  if (load.vocabulary < 1) {
    return fail("the load request gave no vocabulary");
  }
  TRY(check_stopping_rule(request.stop));
  const auto longest = static_cast<std::int64_t>(request.scenario.prompt_tokens) +
                       (request.mode == Mode::generate ? request.new_tokens - 1 : 0);
  if (load.max_positions > 0 && longest > load.max_positions) {
    return fail_as(Outcome::profile_mismatch,
                   "a sequence of {} tokens is longer than the model's {} positions", longest,
                   load.max_positions);
  }
  return {};
}

/// What one iteration does, with its buffers.
class Iteration {
 public:
  Iteration(Backend& backend, const LoadRequest& load, const MeasureRequest& request)
      : backend_(backend), load_(load), shapes_(shapes_of(request)) {
    const Shape& longest = shapes_.back();
    prompt_.resize(count(request.scenario.batch) * count(request.scenario.prompt_tokens));
    fill_prompt(request.token_seed, load.vocabulary, prompt_);
    ids_.resize(count(longest.batch) * count(longest.length));
    generated_.assign(shapes_.size(), std::vector<std::int32_t>(count(longest.batch)));
  }

  [[nodiscard]] const std::vector<Shape>& shapes() const { return shapes_; }

  /// Prefill is the first step only. `check` looks at each output (untimed iterations).
  Result<LogitsView> run(Mode mode, bool check) {
    return mode == Mode::prefill ? prefill(check) : generate(check);
  }

  /// The argmax token of a prefill whose output is `logits`.
  void take_token(const LogitsView& logits) { argmax_last(logits, generated_[0]); }

  Result<void> check(const LogitsView& logits, const Shape& shape) const {
    TRY(check_shape(logits, shape, load_.logits, load_.vocabulary));
    return check_finite(logits);
  }

  /// A list a sequence.
  [[nodiscard]] std::vector<std::vector<std::int32_t>> tokens() const {
    std::vector<std::vector<std::int32_t>> result(generated_[0].size());
    for (std::size_t sequence = 0; sequence < result.size(); ++sequence) {
      for (const auto& step : generated_) {
        result[sequence].push_back(step[sequence]);
      }
    }
    return result;
  }

 private:
  Result<LogitsView> prefill(bool check_output) {
    auto logits = backend_.forward({prompt_, shapes_[0]});
    if (check_output && logits) {
      TRY(check(*logits, shapes_[0]));
    }
    return logits;
  }

  /// Lays the sequences so far out as [batch, length] for step number `step`.
  void pack(std::size_t step) {
    const auto batch = count(shapes_[0].batch);
    const auto prompt = count(shapes_[0].length);
    for (std::size_t sequence = 0; sequence < batch; ++sequence) {
      std::int32_t* row = ids_.data() + sequence * (prompt + step);
      std::memcpy(row, prompt_.data() + sequence * prompt, prompt * sizeof(std::int32_t));
      for (std::size_t done = 0; done < step; ++done) {
        row[prompt + done] = generated_[done][sequence];
      }
    }
  }

  Result<LogitsView> generate(bool check_output) {
    LogitsView logits;
    for (std::size_t step = 0; step < shapes_.size(); ++step) {
      const Shape& shape = shapes_[step];
      pack(step);
      auto output = backend_.forward({{ids_.data(), count(shape.batch) * count(shape.length)}, shape});
      if (!output) {
        return output;
      }
      logits = *output;
      // The shape at every step, for the argmax below reads by it; it costs nothing beside a forward pass.
      TRY(check_shape(logits, shape, load_.logits, load_.vocabulary));
      if (check_output) {
        TRY(check_finite(logits));
      }
      argmax_last(logits, generated_[step]);
    }
    return logits;
  }

  Backend& backend_;
  const LoadRequest& load_;
  std::vector<Shape> shapes_;
  std::vector<std::int32_t> prompt_;                  // [batch, prompt]
  std::vector<std::int32_t> ids_;                     // [batch, length of the step]
  std::vector<std::vector<std::int32_t>> generated_;  // [step][sequence]
};

struct Timed {
  std::vector<double> latencies_ms;
  LogitsView last;
  std::optional<machine::GpuSample> before, after;
};

Result<Timed> timed_loop(Iteration& iteration, const MeasureRequest& request, machine::Gpu* gpu) {
  Timed timed;
  timed.latencies_ms.assign(count(request.stop.max_iterations),
                            0.0);  // written once here, so no page fault later
  StoppingWatch watch(request.stop);
  if (gpu != nullptr) {
    timed.before = gpu->sample();
  }
  bool stop = false;
  while (!stop) {
    const auto start = Clock::now();
    auto logits = iteration.run(request.mode, false);
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
  Iteration iteration(backend, load, request);
  TRY(backend.prepare(iteration.shapes()));
  for (int i = 0; i < request.warmup_iterations; ++i) {
    TRY(iteration.run(request.mode, true));
  }
  TRY_ASSIGN(Timed timed, timed_loop(iteration, request, gpu));
  TRY(iteration.check(timed.last, iteration.shapes().back()));
  if (request.mode == Mode::prefill) {
    iteration.take_token(timed.last);
  }
  Measurement measurement;
  measurement.warmup_iterations = request.warmup_iterations;
  measurement.iterations = static_cast<int>(timed.latencies_ms.size());
  measurement.latency_ms = summarize(timed.latencies_ms);
  measurement.output_shape = {timed.last.batch, timed.last.positions, timed.last.vocabulary};
  measurement.new_tokens = iteration.tokens();
  measurement.memory_peak_mb = read_process_memory().peak_mb;
  measurement.details = backend.details();
  if (gpu != nullptr) {
    const auto tokens = counted_tokens(request.scenario, request.mode, request.new_tokens);
    measurement.clocks =
        clocks_json(*timed.before, *timed.after, static_cast<double>(tokens) * measurement.iterations);
    measurement.gpu_memory_peak_mb = gpu->memory_peak_mb();
  }
  return measurement;
}

}  // namespace inferscale::measure
