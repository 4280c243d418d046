#include "client/worker_session.hpp"

#include <utility>

#include "protocol/modes/descriptor.hpp"

namespace inferscale::client {

using namespace protocol;

Result<WorkerSession> WorkerSession::start(const WorkerProgram& program, WorkerLimits limits,
                                           Executor& executor) {
  TRY_ASSIGN(WorkerClient client, WorkerClient::start(program, std::move(limits), executor));
  return WorkerSession(std::move(client));
}

Result<HelloReply> WorkerSession::hello(Clock::time_point deadline) {
  TRY_ASSIGN(const Json reply, client_.request(to_json(HelloRequest{}), "hello", deadline));
  TRY_ASSIGN(hello_, parse_hello_reply(reply, client_.name()));
  return *hello_;
}

Result<HelloReply> WorkerSession::known_hello(Clock::time_point deadline) {
  return hello_ ? Result<HelloReply>(*hello_) : hello(deadline);
}

Result<BuiltReply> WorkerSession::build(const BuildRequest& request, Clock::time_point deadline) {
  TRY_ASSIGN(const HelloReply hello, known_hello(deadline));
  TRY(require(hello, kBuilds));
  if (!request.calibration_samples.empty()) {
    TRY(require(hello, kCalibrates));
  }
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "built", deadline));
  return parse_built_reply(reply, client_.name());
}

Result<LoadedReply> WorkerSession::load(const LoadRequest& request, Clock::time_point deadline) {
  TRY_ASSIGN(const HelloReply hello, known_hello(deadline));
  TRY_ASSIGN(const Json reply, client_.request(to_json(request, hello.minor), "loaded", deadline));
  return parse_loaded_reply(reply, client_.name());
}

Result<Measurement> WorkerSession::measure(const MeasureRequest& request, Clock::time_point deadline) {
  if (hello_ && descriptor(request.mode).runs()) {  // a mode that nobody runs has words of its own
    TRY(require(*hello_, capability_of(request.mode)));
  }
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "measured", deadline));
  return parse_measurement(reply, client_.name());
}

Result<LogitsReply> WorkerSession::logits(const LogitsRequest& request, Clock::time_point deadline) {
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "logits", deadline));
  return parse_logits_reply(reply, client_.name());
}

Result<Scores> WorkerSession::score(const ScoreRequest& request, Clock::time_point deadline) {
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "scored", deadline));
  return parse_scores(reply, request, client_.name());
}

Result<ActivationsReply> WorkerSession::activations(const ActivationsRequest& request,
                                                    Clock::time_point deadline) {
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "activations", deadline));
  return parse_activations_reply(reply, client_.name());
}

Result<ChosenReply> WorkerSession::start_sequences(const StartRequest& request, Clock::time_point deadline) {
  TRY_ASSIGN(const HelloReply hello, known_hello(deadline));
  TRY(require(hello, request.scores ? kStepScores : kSteps));
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "chosen", deadline));
  return parse_chosen_reply(reply, request, client_.name());
}

Result<ChosenReply> WorkerSession::step(const StepRequest& request, Clock::time_point deadline) {
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "chosen", deadline));
  return parse_chosen_reply(reply, request, client_.name());
}

bool WorkerSession::can(const Capability& capability) const {
  return hello_ && protocol::can(*hello_, capability);
}

}  // namespace inferscale::client
