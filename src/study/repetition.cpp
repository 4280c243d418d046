#include "study/repetition.hpp"

#include <algorithm>

#include "core/clock.hpp"
#include "core/sha256.hpp"
#include "model/random.hpp"
#include "worker/worker_session.hpp"

namespace inferscale {
namespace {

/// A worker whose answer is in has this long to leave in order; then it is killed, and the answer still
/// counts.
constexpr std::chrono::seconds kExitGrace{5};

LoadRequest load_request(const Model& model, const StudyBackend& backend, const Inputs& inputs,
                         const RepetitionSettings& settings) {
  const Plan& plan = *settings.plan;
  LoadRequest request;
  request.backend = backend.info.name;
  request.artifact = inputs.artifact;
  request.weights = inputs.weights;
  request.logits = plan.logits;
  request.threads = static_cast<int>(settings.cpus.size());
  request.cpus = settings.cpus;
  request.vocabulary = model.config.vocabulary;
  request.max_positions = model.config.positions;
  request.seed = plan.seed;
  request.options = options_of(plan, backend.info.name);
  return request;
}

MeasureRequest measure_request(const Repetition& repetition, const Plan& plan) {
  MeasureRequest request;
  request.scenario = repetition.scenario;
  request.mode = repetition.mode;
  request.new_tokens = plan.new_tokens;
  request.warmup_iterations = plan.warmup_iterations;
  request.stop = plan.stop;
  // The same prompt for every model, backend and repetition of a scenario. 53 bits: any JSON library keeps
  // them.
  request.token_seed = stream_key(plan.seed, "prompt/" + repetition.scenario.name) >> 11U;
  return request;
}

/// Greedy tokens as "1,2,3;4,5,6": equal text, equal hash.
std::string tokens_sha256(const std::vector<std::vector<std::int32_t>>& sequences) {
  std::string text;
  for (const auto& tokens : sequences) {
    text += fmt::format("{};", fmt::join(tokens, ","));
  }
  return sha256_hex(text);
}

void fill(Row& row, const Measurement& measurement) {
  row.warmup_iterations = measurement.warmup_iterations;
  row.iterations = measurement.iterations;
  row.latency_ms = measurement.latency_ms;
  const double seconds = measurement.latency_ms.mean / 1000;
  const auto new_tokens = static_cast<double>(row.scenario.batch) * row.new_tokens;
  row.throughput_tok_s =
      static_cast<double>(counted_tokens(row.scenario, row.mode, row.new_tokens)) / seconds;
  row.new_tok_s = row.mode == Mode::prefill ? 0 : new_tokens / seconds;
  row.time_to_first_token_ms = measurement.time_to_first_token_ms;
  row.memory_peak_mb = measurement.memory_peak_mb;
  row.gpu_memory_peak_mb = measurement.gpu_memory_peak_mb;
  row.clocks = measurement.clocks;
  row.tokens_sha256 = tokens_sha256(measurement.new_tokens);
}

Result<Measurement> measure_in_worker(Row& row, const Repetition& repetition, const Model& model,
                                      const StudyBackend& backend, const Inputs& inputs,
                                      const RepetitionSettings& settings) {
  const Plan& plan = *settings.plan;
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(plan.timeout_s));
  WorkerLimits limits;
  limits.memory_mb = plan.memory_limit_mb;
  limits.cancelled = settings.cancelled;
  TRY_ASSIGN(WorkerSession session, WorkerSession::start(backend.worker, limits, *settings.executor));
  TRY_ASSIGN(const HelloReply hello, session.hello(deadline));
  row.runtime_version = hello.worker.runtime_version;
  TRY_ASSIGN(const LoadedReply loaded,
             session.load(load_request(model, backend, inputs, settings), deadline));
  row.load_s = loaded.load_s;
  const MeasureRequest request = measure_request(repetition, plan);
  TRY_ASSIGN(Measurement measurement, session.measure(request, deadline));
  TRY(check_measurement(measurement, request, plan.logits, model.config.vocabulary));
  // How it ends no longer matters to what was measured: a runtime's slow or broken clean-up is not the cell's
  // fault.
  [[maybe_unused]] const auto ended = session.shutdown(std::min(deadline, Clock::now() + kExitGrace));
  return measurement;
}

}  // namespace

Row empty_row(const Repetition& repetition, const Model& model, const StudyBackend& backend,
              const RepetitionSettings& settings) {
  Row row;
  row.study = settings.plan->label;
  row.model = repetition.model;
  row.parameters = parameter_count(model.config);
  row.backend = backend.info.name;
  row.runtime_version = backend.runtime_version;
  row.device = backend.info.device;
  row.precision = backend.info.precision;
  row.scenario = repetition.scenario;
  row.new_tokens = repetition.mode == Mode::prefill ? 0 : settings.plan->new_tokens;
  row.mode = repetition.mode;
  row.repetition = repetition.number;
  row.threads = static_cast<int>(settings.cpus.size());
  row.started_at = utc_timestamp();
  return row;
}

Row run_repetition(const Repetition& repetition, const Model& model, const StudyBackend& backend,
                   const Inputs& inputs, const RepetitionSettings& settings) {
  Row row = empty_row(repetition, model, backend, settings);
  if (!backend.unsupported_because.empty()) {
    row.outcome = Outcome::unsupported;
    row.error = backend.unsupported_because;
    return row;
  }
  if (inputs.not_made) {
    row.outcome = inputs.not_made->outcome;
    row.error = inputs.not_made->message;
    return row;
  }
  const auto measurement = measure_in_worker(row, repetition, model, backend, inputs, settings);
  if (!measurement) {
    // An error without a reason of its own (Outcome::ok cannot come back as one) stays `error`.
    row.outcome = measurement.error().outcome;
    row.error = measurement.error().message;
    return row;
  }
  row.outcome = Outcome::ok;
  fill(row, *measurement);
  return row;
}

}  // namespace inferscale
