#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "protocol/backend_info.hpp"
#include "protocol/measurement.hpp"
#include "protocol/requests.hpp"
#include "protocol/scores.hpp"

// The messages of docs/reference/protocol.md as structs. Requests are read strictly: an unknown field is an
// error, so that a worker never ignores what it was asked for. Replies are read leniently: a later minor
// version may add fields.

namespace inferscale::protocol {

/// A change that an older peer would misread raises the version; an addition that it may not know the minor
/// one.
constexpr int kProtocolVersion = 1;
constexpr int kProtocolMinor =
    4;  // 1: score, load's model and shapes; 2: activations; 3: build; 4: its calibration

/// "hello", "build", "load", "measure", "logits", "score", "activations", "start", "step" or "shutdown".
Result<std::string> request_type(const Json& message);

struct HelloRequest {
  int protocol = kProtocolVersion;
};
Json to_json(const HelloRequest& request);
Result<HelloRequest> parse_hello_request(const Json& message);

struct HelloReply {
  int protocol = kProtocolVersion;
  int minor = kProtocolMinor;
  WorkerInfo worker;
  std::vector<std::string> can = {};  ///< names of capabilities (capability.hpp); empty: the minor says it
};
Json to_json(const HelloReply& reply);
Result<HelloReply> parse_hello_reply(const Json& message, const std::string& place);

/// Fields have BuildRequest's names; type "build". Since minor 3; the two of calibration, which are left out
/// when they are empty, since minor 4.
Json to_json(const BuildRequest& request);
Result<BuildRequest> parse_build_request(const Json& message);

struct BuiltReply {
  double build_s = 0;             ///< wall time of Builds::build
  Json details = Json::object();  ///< what it returned
};
Json to_json(const BuiltReply& reply);
Result<BuiltReply> parse_built_reply(const Json& message, const std::string& place);

/// Fields have LoadRequest's names; type "load". `model` and `shapes` are of minor version 1: they are
/// left out for a worker that says it knows less.
Json to_json(const LoadRequest& request, int minor = kProtocolMinor);
Result<LoadRequest> parse_load_request(const Json& message);

struct LoadedReply {
  double load_s = 0;     ///< wall time of Backend::load
  double prepare_s = 0;  ///< wall time of Forward::prepare for the request's shapes
  double memory_mb = 0;  ///< resident after it, MiB
  int threads = 0;
  std::vector<int> cpus;  ///< the CPUs that the process may run on
  Json details = Json::object();
};
Json to_json(const LoadedReply& reply);
Result<LoadedReply> parse_loaded_reply(const Json& message, const std::string& place);

/// Fields have MeasureRequest's names; type "measure".
Json to_json(const MeasureRequest& request);
Result<MeasureRequest> parse_measure_request(const Json& message);

/// Fields have Measurement's names; type "measured".
Json to_json(const Measurement& measurement);
Result<Measurement> parse_measurement(const Json& message, const std::string& place);

/// One forward pass; its logits go to a file as f32, little-endian, row-major [batch, positions, vocabulary].
struct LogitsRequest {
  std::vector<std::vector<std::int32_t>> tokens;  ///< a list a sequence, all of one length
  std::filesystem::path file;
};
Json to_json(const LogitsRequest& request);
Result<LogitsRequest> parse_logits_request(const Json& message);

struct LogitsReply {
  std::vector<int> shape;  ///< [batch, positions, vocabulary]
};
Json to_json(const LogitsReply& reply);
Result<LogitsReply> parse_logits_reply(const Json& message, const std::string& place);

/// Fields have ScoreRequest's names; type "score".
Json to_json(const ScoreRequest& request);
Result<ScoreRequest> parse_score_request(const Json& message);

/// Fields have Scores' names; type "scored".
Json to_json(const Scores& scores);
/// Checks that there is a finite number for every predicted token of the request, none above 0 (beyond
/// rounding); Outcome::invalid_output otherwise.
Result<Scores> parse_scores(const Json& message, const ScoreRequest& request, const std::string& place);

/// Runs prompts of one length into the KV cache, which then has room for `capacity` tokens a sequence. For a
/// worker whose `can` names a mode with a cache, after load's `caches`, or without them.
struct StartRequest {
  std::vector<std::vector<std::int32_t>> tokens;  ///< a list a sequence, all of one length
  int capacity = 0;
  bool scores = false;  ///< for a worker that can "step_scores"; else left out
};
Json to_json(const StartRequest& request);
Result<StartRequest> parse_start_request(const Json& message);

/// Appends a token to each sequence.
struct StepRequest {
  std::vector<std::int32_t> tokens;  ///< one a sequence
  bool scores = false;               ///< as StartRequest's
};
Json to_json(const StepRequest& request);
Result<StepRequest> parse_step_request(const Json& message);

/// To both: the token of the highest logit behind each sequence.
struct ChosenReply {
  std::vector<std::int32_t> tokens;
  StepScores scores = {};  ///< empty unless the request asks for them
};
Json to_json(const ChosenReply& reply);
/// Of a request with scores each sequence has a gap and, of a step, a log probability;
/// Outcome::invalid_output otherwise.
Result<ChosenReply> parse_chosen_reply(const Json& message, const StartRequest& request,
                                       const std::string& place);
Result<ChosenReply> parse_chosen_reply(const Json& message, const StepRequest& request,
                                       const std::string& place);

/// {"type": "error", "outcome", "message"}
Json error_reply(const Error& error);

}  // namespace inferscale::protocol
