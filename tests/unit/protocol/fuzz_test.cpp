#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "protocol/messages.hpp"
#include "support/mutator.hpp"

// Mutated messages of the protocol, the same ones in every run: each side gets a message it can use, or an
// error that says whose message it was; never a crash. Run under AddressSanitizer too (preset asan).
namespace inferscale::protocol {
namespace {

using ::testing::HasSubstr;

constexpr int kCases = 2000;

/// Reads a message, and gives it as it would be sent again.
using Reread = std::function<Result<Json>(const Json&)>;

void fuzz(const Json& message, std::uint32_t seed, const std::string& place, const Reread& reread) {
  const std::string original = to_line(message);
  const auto whole = reread(message);
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_EQ(to_line(*whole), original);
  test::Mutator mutate(seed);
  int refused = 0;
  for (int i = 0; i < kCases; ++i) {
    const auto text = mutate(original);
    const auto json = parse_json(text, place);
    const auto read = json ? reread(*json) : Result<Json>(tl::unexpected(json.error()));
    if (read) {
      ASSERT_TRUE(reread(*read)) << text;
    } else {
      ++refused;
      ASSERT_THAT(read.error().message, HasSubstr(place)) << text;
      ASSERT_LT(read.error().message.size(), 1000U) << text;
    }
  }
  EXPECT_GT(refused, kCases / 4);
}

MeasureRequest measure_request() {
  MeasureRequest request;
  request.scenario = {"batch_short", 4, 11};
  request.mode = Mode::generate;
  request.token_seed = 4711;
  return request;
}

Measurement measurement() {
  Measurement measured;
  measured.warmup_iterations = 3;
  measured.iterations = 17;
  measured.latency_ms = {1.5, 1.4, 1.9, 2.5, 1.1, 2.6, 0.2};
  measured.output_shape = {2, 18, 61};
  measured.new_tokens = {{1, 2, 3}, {4, 5, 6}};
  measured.memory_peak_mb = 130.5;
  measured.clocks = Json{{"sm_mhz", {1980, 1975}}};
  return measured;
}

TEST(Fuzz, RequestsThatAWorkerReads) {
  fuzz(to_json(HelloRequest{}), 1, "hello", [](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto request, parse_hello_request(json));
    return to_json(request);
  });
  LoadRequest load;
  load.backend = "onnxruntime-cpu";
  load.artifact = "model.onnx";
  load.weights = "model.safetensors";
  load.cpus = {0, 1};
  load.vocabulary = 61;
  load.max_positions = 32;
  load.options = Json{{"mode", "fast"}};
  fuzz(to_json(load), 2, "load", [](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto request, parse_load_request(json));
    return to_json(request);
  });
  BuildRequest build;
  build.backend = "tensorrt-int8";
  build.graph = "model.onnx";
  build.engine = "/tmp/model.engine";
  build.calibration_samples = "/tmp/samples.json";
  build.calibration_cache = "/tmp/calibration.cache";
  build.profiles = {{"wide", {1, 1}, {1, 128}, {8, 1024}}};
  build.vocabulary = 61;
  build.options = Json{{"calibrator", "entropy2"}};
  fuzz(to_json(build), 20, "build", [](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto request, parse_build_request(json));
    return to_json(request);
  });
  fuzz(to_json(measure_request()), 3, "measure", [](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto request, parse_measure_request(json));
    return to_json(request);
  });
  fuzz(to_json(LogitsRequest{{{1, 2}, {3, 4}}, "/tmp/logits"}), 4, "logits",
       [](const Json& json) -> Result<Json> {
         TRY_ASSIGN(const auto request, parse_logits_request(json));
         return to_json(request);
       });
}

TEST(Fuzz, RepliesOfAWorker) {
  const std::string place = "inferscale-worker-x";
  const HelloReply hello{1, 0, {"x", "X", "1", {{"x-cpu", "cpu", "fp32", "onnx", "fp32", ""}}}};
  fuzz(to_json(hello), 5, place, [&](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto reply, parse_hello_reply(json, place));
    return to_json(reply);
  });
  fuzz(to_json(LoadedReply{0.5, 0.25, 100, 2, {0, 1}}), 6, place, [&](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto reply, parse_loaded_reply(json, place));
    return to_json(reply);
  });
  fuzz(to_json(measurement()), 7, place, [&](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto reply, parse_measurement(json, place));
    return to_json(reply);
  });
  fuzz(to_json(LogitsReply{{2, 5, 61}}), 8, place, [&](const Json& json) -> Result<Json> {
    TRY_ASSIGN(const auto reply, parse_logits_reply(json, place));
    return to_json(reply);
  });
}

}  // namespace
}  // namespace inferscale::protocol
