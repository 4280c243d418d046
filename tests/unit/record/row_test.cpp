#include "record/row.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::record {
namespace {

using ::testing::HasSubstr;

Row ok_row() {
  Row row;
  row.study = "cpu";
  row.model = "gpt2-5m";
  row.parameters = 5035008;
  row.backend = "onnxruntime-cpu";
  row.runtime_version = "ONNX Runtime 1.32.0";
  row.device = "cpu";
  row.precision = "fp32";
  row.scenario = {"batch_short", 4, 11};
  row.new_tokens = 8;
  row.mode = protocol::Mode::generate;
  row.repetition = 2;
  row.outcome = Outcome::ok;
  row.started_at = "2026-11-24T00:14:05.123Z";
  row.threads = 2;
  row.load_s = 0.25;
  row.warmup_iterations = 3;
  row.iterations = 17;
  row.latency_ms = {1.5, 1.4, 1.9, 2.5, 1.1, 2.6, 0.2};
  row.throughput_tok_s = 50666.7;
  row.new_tok_s = 21333.3;
  row.memory_peak_mb = 130.5;
  row.clocks = Json{{"after", {{"sm_mhz", 1980}}}};
  row.details = Json{{"nodes_on_cpu", 3}};
  row.tokens_sha256 = "abc";
  return row;
}

TEST(Row, ComesBackFromItsLineAsItWas) {
  const std::string line = to_line(to_json(ok_row()));
  const auto parsed = parse_row(*parse_json(line, "line"), "line");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(to_line(to_json(*parsed)), line);
  EXPECT_EQ(parsed->latency_ms.p99, 2.5);
  EXPECT_EQ(parsed->scenario, (protocol::Scenario{"batch_short", 4, 11}));
}

TEST(Row, HasEveryFieldOfTheDesign) {
  const Json json = to_json(ok_row());
  for (const char* name : {"schema_version",
                           "study",
                           "model",
                           "parameters",
                           "backend",
                           "runtime_version",
                           "device",
                           "precision",
                           "scenario",
                           "batch",
                           "prompt_tokens",
                           "new_tokens",
                           "mode",
                           "repetition",
                           "outcome",
                           "error",
                           "started_at",
                           "warmup_iterations",
                           "iterations",
                           "latency_ms",
                           "throughput_tok_s",
                           "new_tok_s",
                           "time_to_first_token_ms",
                           "time_per_output_token_ms",
                           "kv_bytes_per_token",
                           "load_s",
                           "memory_peak_mb",
                           "gpu_memory_peak_mb",
                           "clocks",
                           "details"}) {
    EXPECT_TRUE(json.contains(name)) << name;
  }
}

TEST(Row, HasNoNumbersWhenNothingWasMeasured) {
  Row row = ok_row();
  row.outcome = Outcome::crash;
  row.error = "the worker died: signal 11 (Segmentation fault)";
  const Json json = to_json(row);
  EXPECT_TRUE(json["latency_ms"].is_null());
  EXPECT_TRUE(json["throughput_tok_s"].is_null());
  const auto parsed = parse_row(json, "line");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->outcome, Outcome::crash);
  EXPECT_EQ(parsed->error, row.error);
}

TEST(Row, NullsWhatTheModeDoesNotHave) {
  Row row = ok_row();
  row.mode = protocol::Mode::prefill;
  row.new_tokens = 0;
  EXPECT_TRUE(to_json(row)["new_tok_s"].is_null());
  EXPECT_TRUE(to_json(row)["time_to_first_token_ms"].is_null());
  EXPECT_TRUE(to_json(row)["time_per_output_token_ms"].is_null());
  EXPECT_TRUE(to_json(row)["kv_bytes_per_token"].is_null());
}

struct BadRow {
  const char* field;
  Json value;
  const char* complaint;
};

TEST(Row, RefusesWrongFieldsAndNamesThem) {
  const std::vector<BadRow> cases{
      {"schema_version", 99, "schema_version is 99"},
      {"mode", "train", "'mode'"},
      {"outcome", "fine", "'outcome'"},
      {"repetition", -1, "repetition"},
      {"batch", "four", "'batch'"},
      {"iterations", 0, "'iterations'"},
      {"latency_ms", nullptr, "latency_ms"},
      {"throughput_tok_s", 0, "throughput"},
      {"parameters", 1.5, "'parameters'"},
      {"suprise", 1, "unknown field 'suprise'"},
  };
  for (const auto& bad : cases) {
    Json json = to_json(ok_row());
    json[bad.field] = bad.value;
    const auto parsed = parse_row(json, "raw/generate.jsonl line 7");
    ASSERT_FALSE(parsed) << bad.field;
    EXPECT_THAT(parsed.error().message, HasSubstr("raw/generate.jsonl line 7"));
    EXPECT_THAT(parsed.error().message, HasSubstr(bad.complaint));
  }
}

TEST(Row, RefusesNumbersInARowThatMeasuredNothing) {
  Json json = to_json(ok_row());
  json["outcome"] = "timeout";
  const auto parsed = parse_row(json, "line 1");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("must be null"));
}

TEST(Row, RefusesWhatIsNoObject) {
  for (const char* text : {"[]", "3", "null", "\"row\"", "{}"}) {
    EXPECT_FALSE(parse_row(*parse_json(text, "line"), "line")) << text;
  }
}

}  // namespace
}  // namespace inferscale::record
