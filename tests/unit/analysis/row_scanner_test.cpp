#include "analysis/row_scanner.hpp"

#include <gtest/gtest.h>

#include <random>

#include "analysis/dataset.hpp"
#include "core/files.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {

using namespace protocol;
using namespace record;

namespace {

Row example(Mode mode, Outcome outcome) {
  Row row = test::make_row("gpt2-5m", 5035008, "onnxruntime-cpu", {"single_short", 1, 11}, 3, 1234.5);
  row.mode = mode;
  row.new_tokens = mode == Mode::prefill ? 0 : 8;
  row.new_tok_s = mode == Mode::prefill ? 0 : 99.5;
  row.time_to_first_token_ms = mode == Mode::decode ? 4.25 : 0;
  row.clocks = Json{{"after", {{"sm_mhz", 1980}, {"throttle_reasons", Json::array()}}}, {"throttled", false}};
  row.details = Json{{"nodes_on_cpu", 3}};
  return outcome == Outcome::ok ? row : test::make_failed(row, outcome, "it broke");
}

/// What the slow way says: the row, or nothing.
std::optional<Row> parse_slowly(const std::string& line) {
  const auto json = parse_json(line, "line");
  if (!json) {
    return std::nullopt;
  }
  auto row = parse_row(*json, "line");
  return row ? std::optional(std::move(*row)) : std::nullopt;
}

void expect_same(const RowView& a, const RowView& b, const std::string& line) {
  EXPECT_EQ(a.study, b.study) << line;
  EXPECT_EQ(a.model, b.model) << line;
  EXPECT_EQ(a.backend, b.backend) << line;
  EXPECT_EQ(a.runtime_version, b.runtime_version) << line;
  EXPECT_EQ(a.device, b.device) << line;
  EXPECT_EQ(a.precision, b.precision) << line;
  EXPECT_EQ(a.scenario, b.scenario) << line;
  EXPECT_EQ(a.error, b.error) << line;
  EXPECT_EQ(a.parameters, b.parameters) << line;
  EXPECT_EQ(a.batch, b.batch) << line;
  EXPECT_EQ(a.prompt_tokens, b.prompt_tokens) << line;
  EXPECT_EQ(a.repetition, b.repetition) << line;
  EXPECT_EQ(a.mode, b.mode) << line;
  EXPECT_EQ(a.outcome, b.outcome) << line;
  EXPECT_EQ(a.load_s, b.load_s) << line;
  EXPECT_EQ(a.latency_ms, b.latency_ms) << line;
  EXPECT_EQ(a.throughput_tok_s, b.throughput_tok_s) << line;
  EXPECT_EQ(a.new_tok_s, b.new_tok_s) << line;
  EXPECT_EQ(a.time_to_first_token_ms, b.time_to_first_token_ms) << line;
  EXPECT_EQ(a.memory_peak_mb, b.memory_peak_mb) << line;
  EXPECT_EQ(a.gpu_memory_peak_mb, b.gpu_memory_peak_mb) << line;
  EXPECT_EQ(a.throttled_because, b.throttled_because) << line;
}

TEST(ScanRow, TakesEveryRowThatTheToolWrites) {
  for (const Mode mode : {Mode::prefill, Mode::generate, Mode::decode}) {
    for (const Outcome outcome : {Outcome::ok, Outcome::unsupported, Outcome::crash}) {
      const Row row = example(mode, outcome);
      const std::string line = to_line(to_json(row));
      RowView scanned;
      ASSERT_TRUE(scan_row(line, scanned)) << line;
      expect_same(scanned, view_of(row), line);
    }
  }
}

TEST(ScanRow, TakesFieldsInAnyOrderAndSpaces) {
  const Row row = example(Mode::decode, Outcome::ok);
  const Json json = to_json(row);
  std::string line = " { ";
  for (auto item = json.rbegin(); item != json.rend(); ++item) {
    line += (item == json.rbegin() ? "" : " , ") + Json(item.key()).dump() + " : " + item.value().dump();
  }
  line += " } \r";
  RowView scanned;
  ASSERT_TRUE(scan_row(line, scanned)) << line;
  expect_same(scanned, view_of(row), line);
}

TEST(ScanRow, LeavesThrottledRowsToTheParser) {
  Row row = example(Mode::prefill, Outcome::ok);
  RowView scanned;
  row.clocks["throttled"] = true;
  EXPECT_FALSE(scan_row(to_line(to_json(row)), scanned));
  row.clocks = Json{{"throttled", false}, {"after", {{"throttled", false}}}};
  EXPECT_FALSE(scan_row(to_line(to_json(row)), scanned)) << "which of two counts is not the scanner's to say";
  row.clocks = Json{{"sm_mhz", 1980}};
  EXPECT_TRUE(scan_row(to_line(to_json(row)), scanned));
}

TEST(ScanRow, LeavesEscapesToTheParser) {
  Row row = example(Mode::prefill, Outcome::crash);
  row.error = "a \"quoted\" word";
  RowView scanned;
  EXPECT_FALSE(scan_row(to_line(to_json(row)), scanned));
  row.error = "na\xc3\xafve";
  EXPECT_FALSE(scan_row(to_line(to_json(row)), scanned));
}

/// The scanner may refuse what the parser takes, but never the other way round, and what it takes it reads
/// alike.
TEST(ScanRow, AcceptsNothingThatTheParserRefuses) {
  std::mt19937_64 random(118);
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::string alphabet = "0123456789.eE+-\"{}[],:nultrfas \\\x01";
  const std::vector<std::string> lines{to_line(to_json(example(Mode::decode, Outcome::ok))),
                                       to_line(to_json(example(Mode::prefill, Outcome::ok))),
                                       to_line(to_json(example(Mode::prefill, Outcome::timeout)))};
  int accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    std::string line = lines[pick(lines.size())];
    const std::size_t at = pick(line.size());
    switch (pick(4)) {
      case 0:
        line[at] = alphabet[pick(alphabet.size())];
        break;
      case 1:
        line.erase(at, 1 + pick(8));
        break;
      case 2:
        line.insert(at, 1, alphabet[pick(alphabet.size())]);
        break;
      default:
        line.resize(at);
        break;
    }
    RowView scanned;
    if (scan_row(line, scanned)) {
      ++accepted;
      const auto row = parse_slowly(line);
      ASSERT_TRUE(row) << line;
      expect_same(scanned, view_of(*row), line);
    }
  }
  EXPECT_GT(accepted, 500);  // changed names and digits still make rows
}

TEST(ScanRow, RefusesWhatParseRowRefuses) {
  const Json good = to_json(example(Mode::prefill, Outcome::ok));
  RowView scanned;
  ASSERT_TRUE(scan_row(to_line(good), scanned));
  const auto refused = [&](const char* field, const Json& value) {
    Json bad = good;
    bad[field] = value;
    EXPECT_FALSE(scan_row(to_line(bad), scanned)) << field << " " << value;
    EXPECT_FALSE(parse_slowly(to_line(bad))) << field << " " << value;
  };
  refused("schema_version", 99);
  refused("mode", "train");
  refused("outcome", "fine");
  refused("outcome", "crash");  // with figures
  refused("repetition", -1);
  refused("repetition", 1.5);
  refused("repetition", 99999999999LL);
  refused("batch", 0);
  refused("model", nullptr);
  refused("throughput_tok_s", 0);
  refused("throughput_tok_s", nullptr);
  refused("iterations", 0);
  refused("unknown_field", 1);
  for (const char* field :
       {"model", "backend", "mode", "outcome", "latency_ms", "throughput_tok_s", "iterations"}) {
    Json bad = good;
    bad.erase(field);
    EXPECT_FALSE(scan_row(to_line(bad), scanned)) << field;
    EXPECT_FALSE(parse_slowly(to_line(bad))) << field;
  }
  std::string twice = to_line(good);
  twice.insert(1, "\"model\":\"x\",");
  EXPECT_FALSE(scan_row(twice, scanned));
  EXPECT_FALSE(scan_row(to_line(good) + "x", scanned));
}

class LoadRows : public testing::Test {
 protected:
  Result<Dataset> load(const std::string& text) {
    EXPECT_TRUE(write_file_atomic(folder / "prefill.jsonl", text));
    DatasetBuilder builder;
    TRY(load_rows(folder / "prefill.jsonl", "raw/prefill.jsonl", builder));
    return builder.finish();
  }
  static std::string line(int repetition, const std::string& error = "it broke") {
    Row row = example(Mode::prefill, repetition % 2 == 0 ? Outcome::ok : Outcome::crash);
    row.repetition = repetition;
    row.error = row.outcome == Outcome::ok ? "" : error;
    return to_line(to_json(row));
  }
  test::TemporaryFolder folder;
};

TEST_F(LoadRows, ReadsQuickAndSlowLinesAlike) {
  const auto dataset =
      load(line(0) + "\n\n" + line(1, "a \"quoted\" word") + "\r\n" + line(2));  // no newline at the end
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows, 3);
  ASSERT_EQ(dataset->cells.size(), 1U);
  EXPECT_EQ(dataset->cells[0].repetitions.size(), 3U);
  EXPECT_EQ(dataset->cells[0].first_error, "a \"quoted\" word");
  EXPECT_TRUE(dataset->notices.empty());
}

TEST_F(LoadRows, ATornLastLineIsANotice) {
  const auto dataset = load(line(0) + "\n" + line(1).substr(0, 100));
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows, 1);
  ASSERT_EQ(dataset->notices.size(), 1U);
  EXPECT_NE(dataset->notices[0].find("raw/prefill.jsonl line 2"), std::string::npos) << dataset->notices[0];
}

TEST_F(LoadRows, ACorruptLineNamesFileAndLine) {
  const auto torn_inside = load(line(0) + "\n" + line(1).substr(0, 100) + "\n" + line(2) + "\n");
  ASSERT_FALSE(torn_inside);
  EXPECT_NE(torn_inside.error().message.find("raw/prefill.jsonl line 2"), std::string::npos);
  const auto no_row = load(line(0) + "\n" + line(1) + "\n{\"schema_version\":1}\n");
  ASSERT_FALSE(no_row);
  EXPECT_NE(no_row.error().message.find("raw/prefill.jsonl line 3"), std::string::npos);
  const auto unterminated = load(line(0) + "\n{\"schema_version\":1}");  // complete JSON is not torn
  EXPECT_FALSE(unterminated);
}

TEST_F(LoadRows, LinesLongerThanAChunkAreRead) {
  const auto dataset = load(line(0) + "\n" + line(1, std::string(3 << 20, 'x')) + "\n" + line(2) + "\n");
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows, 3);
  const auto too_long = load(line(0) + "\n" + std::string(17 << 20, ' ') + "\n");
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().message.find("line 2: longer than"), std::string::npos)
      << too_long.error().message;
}

TEST_F(LoadRows, ARepetitionThatIsThereTwiceIsAnError) {
  const auto dataset = load(line(0) + "\n" + line(1) + "\n" + line(0) + "\n");
  ASSERT_FALSE(dataset);
  EXPECT_NE(dataset.error().message.find("repetition 0 of model 'gpt2-5m'"), std::string::npos)
      << dataset.error().message;
}

TEST_F(LoadRows, OneNameForTwoThingsIsAnError) {
  Row row = example(Mode::prefill, Outcome::ok);
  row.parameters = 7;
  const auto models = load(line(0) + "\n" + to_line(to_json(row)) + "\n");
  ASSERT_FALSE(models);
  EXPECT_NE(models.error().message.find("line 2: model 'gpt2-5m' has 7 parameters here and 5035008"),
            std::string::npos)
      << models.error().message;
  row.parameters = 5035008;
  row.scenario.batch = 4;
  const auto scenarios = load(line(0) + "\n" + to_line(to_json(row)) + "\n");
  ASSERT_FALSE(scenarios);
  EXPECT_NE(scenarios.error().message.find("scenario 'single_short' is 4 x 11"), std::string::npos)
      << scenarios.error().message;
}

}  // namespace
}  // namespace inferscale::analysis
