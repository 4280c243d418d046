#include "study/started_worker.hpp"

#include <algorithm>

#include "core/sha256.hpp"
#include "model/random.hpp"
#include "protocol/modes/descriptor.hpp"
#include "study/worker_statements.hpp"

namespace inferscale::study {

using namespace protocol;

namespace {

/// How long a worker has to leave in order when its answer is in. Then the worker is killed, and the answer
/// still counts.
constexpr std::chrono::seconds kExitGrace{5};

MeasureRequest measure_request(const record::Repetition& repetition, const record::Plan& plan) {
  MeasureRequest request;
  request.scenario = repetition.scenario;
  request.mode = repetition.mode;
  request.new_tokens = new_tokens_of(repetition.scenario, plan.new_tokens);
  request.scenario.new_tokens = 0;  // it is said once
  request.warmup_iterations = plan.warmup_iterations;
  request.stop = plan.stop;
  // The same prompt for every model, backend and repetition of a scenario. 53 bits: any JSON library keeps
  // them.
  request.token_seed = model::stream_key(plan.seed, "prompt/" + repetition.scenario.name) >> 11U;
  return request;
}

template <class Value>
void add_once(std::vector<Value>& all, const Value& value) {
  if (std::find(all.begin(), all.end(), value) == all.end()) {
    all.push_back(value);
  }
}

/// Adds the cell's shapes that are not there yet, unless the worker is to refuse the cell.
void add_shapes(const MeasureRequest& request, const model::Model& model, LoadRequest& load) {
  const ModeDescriptor& mode = descriptor(request.mode);
  const auto shapes = shapes_of(request);
  if (!mode.runs() || shapes.back().length > model.config.positions) {
    return;
  }
  if (mode.cached()) {
    add_once(load.caches, cache_of(request));
    return;
  }
  for (const Shape& shape : shapes) {
    add_once(load.shapes, shape);
  }
}

/// Greedy tokens as "1,2,3;4,5,6": equal text, equal hash.
std::string tokens_sha256(const std::vector<std::vector<std::int32_t>>& sequences) {
  std::string text;
  for (const auto& tokens : sequences) {
    text += fmt::format("{};", fmt::join(tokens, ","));
  }
  return sha256_hex(text);
}

/// The worker may be of no use any more, though its process lives: the backend or the GPU context is gone.
/// Other outcomes are the cell's own.
bool breaks_its_worker(Outcome outcome) {
  return outcome == Outcome::error || outcome == Outcome::out_of_memory;
}

void fill(record::Row& row, const Measurement& measurement) {
  row.warmup_iterations = measurement.warmup_iterations;
  row.iterations = measurement.iterations;
  row.latency_ms = measurement.latency_ms;
  const double seconds = measurement.latency_ms.mean / 1000;
  const auto new_tokens = static_cast<double>(row.scenario.batch) * row.new_tokens;
  row.throughput_tok_s =
      static_cast<double>(counted_tokens(row.scenario, row.mode, row.new_tokens)) / seconds;
  row.new_tok_s = descriptor(row.mode).fills_field(ModeField::new_tok_s) ? new_tokens / seconds : 0;
  row.time_to_first_token_ms = measurement.time_to_first_token_ms;
  row.time_per_output_token_ms = measurement.time_per_output_token_ms;
  row.kv_bytes_per_token = measurement.kv_bytes_per_token;
  row.memory_peak_mb = measurement.memory_peak_mb;
  row.gpu_memory_peak_mb = measurement.gpu_memory_peak_mb;
  row.clocks = bounded_statement(measurement.clocks);
  row.details = bounded_statement(measurement.details);
  row.tokens_sha256 = tokens_sha256(measurement.new_tokens);
}

}  // namespace

StartedWorker StartedWorker::start(const std::vector<record::Repetition>& repetitions,
                                   const model::Model& model, const StudyBackend& backend,
                                   const Inputs& inputs, const RepetitionSettings& settings) {
  const record::Plan& plan = *settings.plan;
  StartedWorker started;
  for (const auto& repetition : repetitions) {
    started.jobs_.push_back(
        {empty_row(repetition, model, backend, settings), measure_request(repetition, plan)});
  }
  if (const KnownOutcome* known = known_outcome(backend, inputs)) {
    started.end_all(Error{known->reason, known->outcome});
    return started;
  }
  started.needs_worker_ = true;
  started.vocabulary_ = model.config.vocabulary;
  if (inputs.quantization) {
    started.quantization_ = {{"form", to_string(inputs.quantization->form)},
                             {"weight_bits", inputs.quantization->weight_bits}};
  }
  started.load_request_ = make_load_request(model, backend, inputs, settings);
  for (const Job& job : started.jobs_) {
    add_shapes(job.request, model, started.load_request_);
  }
  started.timeout_ = duration_of(plan.timeout_s);
  started.left_ = started.timeout_ * static_cast<int>(repetitions.size());
  client::WorkerLimits limits;
  limits.memory_mb = plan.memory_limit_mb;
  limits.cancelled = settings.cancelled;
  limits.shared_timeout_s = started.shared() ? 0 : plan.timeout_s;  // loading and measuring share it
  auto session = client::WorkerSession::start(backend.worker, limits, *settings.executor);
  if (session) {
    started.session_.emplace(std::move(*session));
    started.pause_.emplace(started.session_->client().pause_switch());
  } else {
    started.end_all(session.error());
  }
  return started;
}

/// Every row gets the error.
void StartedWorker::end_all(const Error& error) {
  for (auto& job : jobs_) {
    job.row.outcome = error.outcome;
    job.row.error = error.message;
  }
  session_.reset();
}

Result<void> StartedWorker::try_to_load() {
  const auto started = Clock::now();
  const auto deadline = started + left_;
  TRY_ASSIGN(const HelloReply hello, session_->hello(deadline));
  for (auto& job : jobs_) {
    job.row.runtime_version = hello.worker.runtime_version;
  }
  // A wait for one reply credits the pauses during it; those during the last one are credited here.
  TRY_ASSIGN(const LoadedReply loaded, session_->load(load_request_, deadline + pause_->total()));
  TRY(check_loaded(loaded));
  for (auto& job : jobs_) {
    job.row.load_s = loaded.load_s;
  }
  not_as_asked_ = not_as_asked(load_request_, loaded);
  const auto taken = Clock::now() - started - pause_->total();
  left_ = shared() ? timeout_ : left_ - taken;
  loading_s_ = std::chrono::duration<double>(taken).count();
  return {};
}

void StartedWorker::load() {
  if (!session_) {
    return;
  }
  if (const auto loaded = try_to_load(); !loaded) {
    end_all(loaded.error());
  }
}

void StartedWorker::pause() {
  if (pause_) {
    pause_->pause();
  }
}

void StartedWorker::resume() {
  if (pause_) {
    pause_->resume();
  }
}

Result<Measurement> StartedWorker::try_to_measure(const MeasureRequest& request) {
  const auto deadline = Clock::now() + left_;
  TRY_ASSIGN(Measurement measurement, session_->measure(request, deadline));
  TRY(check_measurement(measurement, request, load_request_.logits, vocabulary_));
  return measurement;
}

record::Row StartedWorker::measure(std::size_t index, const ConcurrentWork::Alone& /*proof*/) {
  Job& job = jobs_.at(index);
  if (!session_) {
    return job.row;
  }
  if (shared()) {
    job.row.started_at = utc_timestamp();
  }
  const auto measurement = try_to_measure(job.request);
  if (!measurement) {
    job.row.outcome = measurement.error().outcome;
    job.row.error = measurement.error().message;
    if (!shared() || !session_->client().alive() || breaks_its_worker(measurement.error().outcome)) {
      session_.reset();
    }
    return job.row;
  }
  job.row.outcome = Outcome::ok;
  fill(job.row, *measurement);
  if (!quantization_.is_null()) {
    job.row.details["quantization"] = quantization_;
  }
  if (!not_as_asked_.empty()) {
    job.row.details[record::kNotAsAsked] = not_as_asked_;
  }
  if (shared()) {
    job.row.details["shared_worker"] = true;
  }
  return job.row;
}

void StartedWorker::finish() {
  if (session_) {
    // A runtime's slow or broken clean-up is not the cell's fault: what was measured counts.
    [[maybe_unused]] const auto ended = session_->shutdown(Clock::now() + kExitGrace);
    session_.reset();
  }
}

}  // namespace inferscale::study
