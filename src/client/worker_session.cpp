#include "client/worker_session.hpp"

#include <utility>

namespace inferscale::client {

using namespace protocol;

namespace {

constexpr int kMinorOfCalibration = 4;

}  // namespace

Result<WorkerSession> WorkerSession::start(const std::filesystem::path& executable, WorkerLimits limits,
                                           Executor& executor) {
  TRY_ASSIGN(WorkerClient client, WorkerClient::start(executable, std::move(limits), executor));
  return WorkerSession(std::move(client));
}

Result<HelloReply> WorkerSession::hello(Clock::time_point deadline) {
  TRY_ASSIGN(const Json reply, client_.request(to_json(HelloRequest{}), "hello", deadline));
  TRY_ASSIGN(HelloReply hello, parse_hello_reply(reply, client_.name()));
  minor_ = hello.minor;
  return hello;
}

Result<BuiltReply> WorkerSession::build(const BuildRequest& request, Clock::time_point deadline) {
  if (!request.calibration_samples.empty()) {
    if (!minor_) {
      TRY(hello(deadline));
    }
    if (*minor_ < kMinorOfCalibration) {
      return fail_as(
          Outcome::unsupported,
          "worker '{}' speaks minor version {} of the protocol, and a calibrator of its own needs {}",
          client_.name(), *minor_, kMinorOfCalibration);
    }
  }
  TRY_ASSIGN(const Json reply, client_.request(to_json(request), "built", deadline));
  return parse_built_reply(reply, client_.name());
}

Result<LoadedReply> WorkerSession::load(const LoadRequest& request, Clock::time_point deadline) {
  if (!minor_) {
    TRY(hello(deadline));
  }
  TRY_ASSIGN(const Json reply, client_.request(to_json(request, *minor_), "loaded", deadline));
  return parse_loaded_reply(reply, client_.name());
}

Result<Measurement> WorkerSession::measure(const MeasureRequest& request, Clock::time_point deadline) {
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

}  // namespace inferscale::client
