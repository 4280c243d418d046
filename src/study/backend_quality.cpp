#include "study/backend_quality.hpp"

#include <algorithm>

#include "client/worker_session.hpp"
#include "protocol/capability.hpp"

namespace inferscale::study {
namespace {

constexpr std::chrono::seconds kExitTime{5};

}  // namespace

std::string words_of(const Error& error) {
  return fmt::format("{}: {}", to_string(error.outcome), error.message);
}

void end_worker(client::WorkerSession& worker) {
  [[maybe_unused]] const auto ended = worker.shutdown(Clock::now() + kExitTime);
}

Result<client::WorkerSession> loaded_worker(const StudyBackend& backend, const protocol::LoadRequest& request,
                                            const RepetitionSettings& settings, bool background,
                                            protocol::HelloReply& hello) {
  client::WorkerLimits limits;
  limits.background = background;
  limits.memory_mb = settings.plan->memory_limit_mb;
  limits.cancelled = settings.cancelled;
  const auto deadline = deadline_in(settings.plan->timeout_s);
  TRY_ASSIGN(client::WorkerSession session,
             client::WorkerSession::start(backend.worker, limits, *settings.executor));
  TRY_ASSIGN(hello, session.hello(deadline));
  TRY(session.load(request, deadline));
  return session;
}

namespace {

Result<record::PerplexityRun> perplexity_of(client::WorkerSession& session, const protocol::HelloReply& hello,
                                            const model::Model& model, const record::Plan& plan,
                                            const BackendQualityOptions& options) {
  TRY(require(hello, protocol::kScores));
  quality::PerplexityOptions perplexity;
  perplexity.batching = options.batching;
  perplexity.batching.max_length = model.config.positions;
  perplexity.batch_timeout_s = plan.timeout_s;
  perplexity.progress = options.progress;
  return measure_perplexity(session, options.corpus->sequences, perplexity);
}

}  // namespace

BackendQuality measure_backend_quality(const model::Model& model, const StudyBackend& backend,
                                       const Inputs& inputs, const RepetitionSettings& settings,
                                       const BackendQualityOptions& options) {
  BackendQuality quality;
  quality.runtime_version = backend.runtime_version;
  const protocol::LoadRequest request = make_load_request(model, backend, inputs, settings);
  protocol::HelloReply hello;
  auto session = loaded_worker(backend, request, settings, options.background, hello);
  if (!session) {
    quality.logits_error = quality.perplexity_error = words_of(session.error());
    return quality;
  }
  quality.runtime_version = hello.worker.runtime_version;
  if (options.wants_logits) {
    auto logits =
        quality::stream_logits(*session, request, options.scratch, deadline_in(settings.plan->timeout_s));
    if (logits) {
      quality.logits = std::move(*logits);
    } else {
      quality.logits_error = words_of(logits.error());
    }
  }
  if (options.corpus != nullptr) {
    const auto perplexity = perplexity_of(*session, hello, model, *settings.plan, options);
    if (perplexity) {
      quality.perplexity = *perplexity;
    } else {
      quality.perplexity_error = words_of(perplexity.error());
    }
  }
  if (options.also) {
    options.also(*session, request);
  }
  end_worker(*session);
  return quality;
}

}  // namespace inferscale::study
