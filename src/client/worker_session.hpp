#pragma once

#include <filesystem>
#include <optional>

#include "client/worker_client.hpp"
#include "protocol/activations.hpp"
#include "protocol/capability.hpp"
#include "protocol/messages.hpp"

namespace inferscale::client {

/// A worker process with typed messages: what the orchestrator does with a worker. Errors as WorkerClient's;
/// a reply that does not parse is Outcome::error.
class WorkerSession {
 public:
  static Result<WorkerSession> start(const WorkerProgram& program, WorkerLimits limits = {},
                                     Executor& executor = local_executor());

  Result<protocol::HelloReply> hello(Clock::time_point deadline);
  /// Says hello first when nobody has. Outcome::unsupported for a worker that does not build, or has no
  /// calibrator of its own where the request has samples.
  Result<protocol::BuiltReply> build(const protocol::BuildRequest& request, Clock::time_point deadline);
  /// Says hello first when nobody has: what may be asked depends on the answer.
  Result<protocol::LoadedReply> load(const protocol::LoadRequest& request, Clock::time_point deadline);
  /// Outcome::unsupported for a mode that the worker's hello does not name.
  Result<protocol::Measurement> measure(const protocol::MeasureRequest& request, Clock::time_point deadline);
  Result<protocol::LogitsReply> logits(const protocol::LogitsRequest& request, Clock::time_point deadline);
  Result<protocol::Scores> score(const protocol::ScoreRequest& request, Clock::time_point deadline);
  Result<protocol::ActivationsReply> activations(const protocol::ActivationsRequest& request,
                                                 Clock::time_point deadline);
  /// Outcome::unsupported for a worker that has no steps, or no scores of them where these are asked for.
  Result<protocol::ChosenReply> start_sequences(const protocol::StartRequest& request,
                                                Clock::time_point deadline);
  Result<protocol::ChosenReply> step(const protocol::StepRequest& request, Clock::time_point deadline);
  /// By what it said when it was loaded; without a hello nothing.
  [[nodiscard]] bool can(const protocol::Capability& capability) const;
  Result<void> shutdown(Clock::time_point deadline) { return client_.shutdown(deadline); }

  [[nodiscard]] const WorkerClient& client() const { return client_; }

 private:
  explicit WorkerSession(WorkerClient client) : client_(std::move(client)) {}
  WorkerClient client_;
  Result<protocol::HelloReply> known_hello(Clock::time_point deadline);
  std::optional<protocol::HelloReply> hello_;
};

}  // namespace inferscale::client
