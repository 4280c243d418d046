#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "study/repetition.hpp"

// A worker need not be ours: whatever it says of what it measured is checked before it becomes a row.
namespace inferscale::study {

using namespace protocol;

namespace {

using ::testing::HasSubstr;

constexpr int kVocabulary = 61;

MeasureRequest request_for(Mode mode) {
  MeasureRequest request;
  request.scenario = {"x", 2, 5};
  request.mode = mode;
  request.new_tokens = 3;
  request.stop.max_iterations = 100;
  return request;
}

Measurement good(Mode mode, int positions) {
  Measurement measurement;
  measurement.iterations = 10;
  measurement.latency_ms = {2, 2, 3, 3, 1, 4, 0.5};
  measurement.output_shape = {2, positions, kVocabulary};
  measurement.new_tokens.assign(2, std::vector<std::int32_t>(mode == Mode::prefill ? 1 : 3, 60));
  return measurement;
}

TEST(CheckMeasurement, TakesWhatWasAskedFor) {
  const auto taken = [](Mode mode, LogitsScope scope, int positions) {
    return check_measurement(good(mode, positions), request_for(mode), scope, kVocabulary).has_value();
  };
  EXPECT_TRUE(taken(Mode::prefill, LogitsScope::all, 5));
  EXPECT_TRUE(taken(Mode::prefill, LogitsScope::last, 1));
  EXPECT_TRUE(taken(Mode::generate, LogitsScope::all, 7));  // the last step sees all but the last new token
  EXPECT_TRUE(taken(Mode::generate, LogitsScope::last, 1));
  EXPECT_FALSE(taken(Mode::prefill, LogitsScope::all, 1));
  EXPECT_FALSE(taken(Mode::generate, LogitsScope::all, 8));
  EXPECT_FALSE(taken(Mode::generate, LogitsScope::last, 7));
}

TEST(CheckMeasurement, WhatCannotBeIsInvalidOutput) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<std::function<void(Measurement&)>, std::string>> lies{
      {[](Measurement& m) { m.output_shape = {2, 7, kVocabulary + 1}; },
       "[2, 7, 62], and [2, 7, 61] was due"},
      {[](Measurement& m) { m.output_shape = {3, 7, kVocabulary}; }, "[3, 7, 61]"},
      {[](Measurement& m) { m.output_shape.clear(); }, "shape is []"},
      {[](Measurement& m) { m.new_tokens.pop_back(); }, "for 1 sequences, and 2 were due"},
      {[](Measurement& m) { m.new_tokens[1].push_back(1); }, "4 new tokens a sequence came back, and 3"},
      {[](Measurement& m) { m.new_tokens[0][2] = kVocabulary; }, "token 61 lies outside"},
      {[](Measurement& m) { m.new_tokens[0][2] = -1; }, "token -1 lies outside"},
      {[](Measurement& m) { m.latency_ms.mean = 0; }, "mean latency of 0 ms"},
      {[](Measurement& m) { m.latency_ms.mean = kNan; }, "latency of nan ms"},
      {[](Measurement& m) { m.latency_ms.p99 = kInfinity; }, "latency of inf ms"},
      {[](Measurement& m) { m.latency_ms.min = -1; }, "latency of -1 ms"},
      {[](Measurement& m) { m.latency_ms.mean = 0.5; }, "0.5 ms came back with 1 to 4 ms"},
      {[](Measurement& m) { m.latency_ms.mean = 5; }, "5 ms came back with 1 to 4 ms"},
      {[](Measurement& m) { m.latency_ms = {1e-305, 0, 0, 0, 0, 1e-305, 0}; }, "no clock can have given"},
      {[](Measurement& m) { m.latency_ms = {1e300, 1e300, 1e300, 1e300, 1e300, 1e300, 0}; }, "no clock"},
      {[](Measurement& m) { m.latency_ms.median = 50; }, "contradict each other"},
      {[](Measurement& m) { m.latency_ms.p90 = 3.5; }, "contradict each other"},
      {[](Measurement& m) { m.latency_ms.sd = 1e9; }, "standard deviation"},
      {[](Measurement& m) { m.memory_peak_mb = 1e300; }, "1e+300 MiB came back, which no machine has"},
      {[](Measurement& m) { m.memory_peak_mb = -1; }, "-1 MiB came back"},
      {[](Measurement& m) { m.gpu_memory_peak_mb = kNan; }, "nan MiB came back"},
      {[](Measurement& m) { m.time_to_first_token_ms = -1; }, "first token of -1 ms"},
      {[](Measurement& m) { m.time_to_first_token_ms = 1e300; }, "first token of 1e+300 ms"},
      {[](Measurement& m) { m.time_per_output_token_ms = LatencySummary{5, 2, 3, 3, 1, 4, 0.5}; },
       "time per output token: a mean latency of 5 ms"},
      {[](Measurement& m) { m.kv_bytes_per_token = -1; }, "-1 bytes of cache"},
      {[](Measurement& m) { m.iterations = 0; }, "0 iterations came back"},
      {[](Measurement& m) { m.iterations = 101; }, "101 iterations came back, and 1 to 100"},
  };
  const auto request = request_for(Mode::generate);
  for (const auto& [lie, message] : lies) {
    Measurement measurement = good(Mode::generate, 7);
    lie(measurement);
    const auto checked = check_measurement(measurement, request, LogitsScope::all, kVocabulary);
    ASSERT_FALSE(checked) << message;
    EXPECT_EQ(checked.error().outcome, Outcome::invalid_output) << message;
    EXPECT_THAT(checked.error().message, HasSubstr(message));
  }
}

}  // namespace
}  // namespace inferscale::study
