#include "record/row_reader.hpp"

#include <gtest/gtest.h>

#include <random>

#include "unit/record/samples.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

Row example(Mode mode, Outcome outcome) {
  Row row = test::ok_row({"gpt2-5m", "onnxruntime-cpu", {"single_short", 1, 11}, mode, 3});
  row.new_tok_s = mode == Mode::prefill ? 0 : 99.5;
  row.time_to_first_token_ms = mode == Mode::decode ? 4.25 : 0;
  if (mode == Mode::decode) {
    row.time_per_output_token_ms = row.latency_ms;
    row.kv_bytes_per_token = 768;
  }
  row.clocks = Json{{"after", {{"sm_mhz", 1980}, {"throttle_reasons", Json::array()}}}, {"throttled", false}};
  row.details = Json{{"nodes_on_cpu", 3}};
  if (outcome == Outcome::ok) {
    return row;
  }
  Row failed;
  failed.model = row.model;
  failed.parameters = row.parameters;
  failed.backend = row.backend;
  failed.scenario = row.scenario;
  failed.mode = mode;
  failed.outcome = outcome;
  failed.error = "it broke";
  return failed;
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

/// Every field, by what the row writes.
void expect_same(const Row* plain, const Row& row, const std::string& line) {
  ASSERT_NE(plain, nullptr) << line;
  EXPECT_EQ(to_json(*plain), to_json(row)) << line;
}

TEST(ReadPlain, TakesEveryRowThatTheToolWrites) {
  for (const Mode mode : {Mode::prefill, Mode::generate, Mode::decode}) {
    for (const Outcome outcome : {Outcome::ok, Outcome::unsupported, Outcome::crash}) {
      const Row row = example(mode, outcome);
      const std::string line = to_line(to_json(row));
      RowReader reader;
      expect_same(reader.read_plain(line), row, line);
    }
  }
}

TEST(ReadPlain, TakesFieldsInAnyOrderAndSpaces) {
  const Row row = example(Mode::decode, Outcome::ok);
  const Json json = to_json(row);
  std::string line = " { ";
  for (auto item = json.rbegin(); item != json.rend(); ++item) {
    line += (item == json.rbegin() ? "" : " , ") + Json(item.key()).dump() + " : " + item.value().dump();
  }
  line += " } \r";
  RowReader reader;
  expect_same(reader.read_plain(line), row, line);
}

TEST(ReadPlain, TakesEscapesAndUtf8) {
  Row row = example(Mode::prefill, Outcome::crash);
  RowReader reader;
  for (const char* error : {"a \"quoted\" word\n", "na\xc3\xafve"}) {
    row.error = error;
    const std::string line = to_line(to_json(row));
    expect_same(reader.read_plain(line), row, line);
  }
  EXPECT_EQ(reader.read_plain("{\"model\":\"\xff\"}"), nullptr);
}

TEST(ReadPlain, TakesFreeJsonAsItIs) {
  Row row = example(Mode::prefill, Outcome::ok);
  row.details = Json{{"list", {1, -2, 3.5, "four", nullptr, true}}, {"deep", {{"er", Json::object()}}}};
  row.details["large"] = std::uint64_t{1} << 63;
  RowReader reader;
  const std::string line = to_line(to_json(row));
  expect_same(reader.read_plain(line), row, line);
  row.details = nullptr;
  EXPECT_EQ(reader.read_plain(to_line(to_json(row))), nullptr) << "details must be an object";
  for (int i = 0; i < 70; ++i) {
    row.details = Json{{"deeper", row.details}};
  }
  EXPECT_EQ(reader.read_plain(to_line(to_json(row))), nullptr) << "parse_json() refuses that depth";
  row.details = Json{{"key", 1}};
  std::string twice = to_line(to_json(row));
  twice.replace(twice.find("\"key\":1"), 7, "\"key\":1,\"key\":2");
  EXPECT_EQ(reader.read_plain(twice), nullptr);
}

TEST(ReadPlain, ReadsDetailsThatSayHowAWorkerRanOtherwise) {
  Row row = example(Mode::prefill, Outcome::ok);
  RowReader reader(FreeJson::what_counts);
  row.details = {{"nodes_on_cpu", 3}, {kNotAsAsked, "threads: the worker says 64, and 2 were asked for"}};
  const Row* plain = reader.read_plain(to_line(to_json(row)));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(not_as_asked(*plain), "threads: the worker says 64, and 2 were asked for");
  row.details.erase(kNotAsAsked);
  plain = reader.read_plain(to_line(to_json(row)));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(not_as_asked(*plain), std::nullopt);
}

TEST(ReadPlain, ReadsClocksOfThrottledRowsAndThoseWithEnergyAlone) {
  Row row = example(Mode::prefill, Outcome::ok);
  RowReader reader(FreeJson::what_counts);
  const Row* plain = reader.read_plain(to_line(to_json(row)));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->clocks, Json(nullptr));
  EXPECT_EQ(plain->details, Json::object());
  const Json quiet = row.clocks;
  row.clocks["throttled"] = true;
  plain = reader.read_plain(to_line(to_json(row)));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->clocks, row.clocks);
  row.clocks = quiet;
  row.clocks["energy_mj_per_token"] = 12.5;
  plain = reader.read_plain(to_line(to_json(row)));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->clocks, row.clocks);
}

TEST(ReadPlain, LeavesNothingOfTheLineBefore) {
  RowReader reader;
  ASSERT_NE(reader.read_plain(to_line(to_json(example(Mode::decode, Outcome::ok)))), nullptr);
  const Row failed = example(Mode::prefill, Outcome::crash);
  Json json = to_json(failed);
  json.erase("runtime_version");
  json.erase("details");
  const auto row = parse_row(json, "line");
  ASSERT_TRUE(row);
  const Row* plain = reader.read_plain(to_line(json));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->runtime_version, "");
  EXPECT_EQ(plain->throughput_tok_s, 0);
  EXPECT_EQ(plain->latency_ms.mean, 0);
  EXPECT_EQ(plain->tokens_sha256, "");
  EXPECT_EQ(plain->details, Json::object());
  expect_same(plain, *row, to_line(json));
}

/// What is plain to the reader is a row to the parser, and the same row.
TEST(ReadPlain, AcceptsNothingThatTheParserRefuses) {
  std::mt19937_64 random(118);
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::string alphabet = "0123456789.eE+-\"{}[],:nultrfas \\\x01";
  const std::vector<std::string> lines{to_line(to_json(example(Mode::decode, Outcome::ok))),
                                       to_line(to_json(example(Mode::prefill, Outcome::ok))),
                                       to_line(to_json(example(Mode::prefill, Outcome::timeout)))};
  int accepted = 0;
  RowReader reader;
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
    if (const Row* plain = reader.read_plain(line)) {
      ++accepted;
      const auto row = parse_slowly(line);
      ASSERT_TRUE(row) << line;
      expect_same(plain, *row, line);
    }
  }
  EXPECT_GT(accepted, 500);  // changed names and digits still make rows
}

TEST(ReadPlain, RefusesWhatParseRowRefuses) {
  const Json good = to_json(example(Mode::prefill, Outcome::ok));
  RowReader reader;
  ASSERT_NE(reader.read_plain(to_line(good)), nullptr);
  const auto refused = [&](const char* field, const Json& value) {
    Json bad = good;
    bad[field] = value;
    EXPECT_EQ(reader.read_plain(to_line(bad)), nullptr) << field << " " << value;
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
    EXPECT_EQ(reader.read_plain(to_line(bad)), nullptr) << field;
    EXPECT_FALSE(parse_slowly(to_line(bad))) << field;
  }
  std::string twice = to_line(good);
  twice.insert(1, "\"model\":\"x\",");
  EXPECT_EQ(reader.read_plain(twice), nullptr);
  EXPECT_EQ(reader.read_plain(to_line(good) + "x"), nullptr);
}

}  // namespace
}  // namespace inferscale::record
