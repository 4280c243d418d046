#include "analysis/decode_costs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/derived.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {
namespace {

using test::make_row;

/// Times of a backend in a scenario: to the first token, and per further one.
struct Times {
  const char* backend;
  protocol::Scenario scenario;
  double first_ms, next_ms;
  double spread = 0.001;
};

Dataset decoded(const std::vector<Times>& all) {
  std::vector<record::Row> rows;
  for (const Times& one : all) {
    for (int repetition = 0; repetition < 3; ++repetition) {
      record::Row row = make_row("m", 1'000'000, one.backend, one.scenario, repetition, 1000 / one.next_ms);
      const double noise = 1 + one.spread * (repetition - 1);
      const double next = one.next_ms * noise;
      row.mode = protocol::Mode::decode;
      row.time_to_first_token_ms = one.first_ms * noise;
      row.time_per_output_token_ms = protocol::LatencySummary{next, next, next, next, next, next, 0};
      row.kv_bytes_per_token = 64;
      rows.push_back(row);
    }
  }
  return test::build(rows);
}

const protocol::Scenario kShort{"short", 1, 100, 40};
const protocol::Scenario kLong{"long", 1, 1000, 40};

TEST(OutputLength, IsWhereLaterFirstTokensAreMadeUpFor) {
  // 5 ms lost at the first token, 0.5 ms won at each further one: 10 of them, after the first.
  const auto lengths = output_lengths(*analyze(decoded({{"late", kShort, 6, 1}, {"soon", kShort, 1, 1.5}})));
  ASSERT_EQ(lengths.size(), 1U);
  EXPECT_EQ(lengths[0].later, "late");
  EXPECT_EQ(lengths[0].sooner, "soon");
  EXPECT_EQ(lengths[0].scenario, "short");
  EXPECT_NEAR(lengths[0].new_tokens, 11, 0.01);
}

TEST(OutputLength, IsNoneWhereOneIsAheadInBothOrNothingIsSure) {
  EXPECT_TRUE(output_lengths(*analyze(decoded({{"a", kShort, 1, 1}, {"b", kShort, 2, 2}}))).empty());
  EXPECT_TRUE(
      output_lengths(*analyze(decoded({{"a", kShort, 6, 1, 0.3}, {"b", kShort, 1, 1.1, 0.3}}))).empty());
  EXPECT_TRUE(output_lengths(*analyze(decoded({{"a", kShort, 6, 1}, {"b", kLong, 1, 1.5}}))).empty())
      << "two scenarios are no pair";
}

TEST(StepGrowth, IsTheSlopeOverTheMeanContext) {
  // Contexts of 120 and 1,020 tokens.
  const auto growths = step_growths(*analyze(decoded({{"a", kShort, 1, 2}, {"a", kLong, 1, 2.9}})), 0);
  ASSERT_EQ(growths.size(), 1U);
  EXPECT_EQ(growths[0].contexts, 2);
  EXPECT_EQ(growths[0].least, 120);
  EXPECT_EQ(growths[0].most, 1020);
  EXPECT_NEAR(growths[0].ms_per_1000_tokens, 1, 1e-9);
  EXPECT_NEAR(growths[0].ms_at_least, 2, 1e-9);
  EXPECT_NEAR(growths[0].most_over_least, 1.45, 1e-9);
}

TEST(StepGrowth, TakesThePlansNewTokensAndTwoContexts) {
  const protocol::Scenario planned{"planned", 1, 1000};
  const auto growths = step_growths(*analyze(decoded({{"a", kShort, 1, 2}, {"a", planned, 1, 3}})), 80);
  ASSERT_EQ(growths.size(), 1U);
  EXPECT_EQ(growths[0].most, 1040);
  EXPECT_TRUE(step_growths(*analyze(decoded({{"a", kShort, 1, 2}})), 0).empty());
  const protocol::Scenario other_batch{"other", 4, 1000, 40};
  EXPECT_TRUE(step_growths(*analyze(decoded({{"a", kShort, 1, 2}, {"a", other_batch, 1, 3}})), 0).empty());
}

TEST(DecodeCosts, AreWrittenForStudiesWithACacheAlone) {
  const test::TemporaryFolder folder;
  StudyResults study;
  study.folder = folder.path();
  study.dataset = decoded({{"late", kShort, 6, 1}, {"soon", kShort, 1, 1.5}, {"soon", kLong, 1, 1.6}});
  ASSERT_TRUE(write_derived(study, *analyze(study.dataset)));
  const auto written = read_json_file(folder / "processed/decode.json");
  ASSERT_TRUE(written);
  EXPECT_EQ((*written)["output_lengths"][0]["later"], "late");
  EXPECT_EQ((*written)["step_growths"][0]["contexts"], 2);
  EXPECT_THAT(*read_file(folder / "processed/output_length.csv"),
              testing::StartsWith("mode,model,scenario,later,sooner,new_tokens\ndecode,m,short,late,soon,"));
  EXPECT_TRUE(std::filesystem::exists(folder / "processed/step_growth.csv"));

  const test::TemporaryFolder uncached;
  study.folder = uncached.path();
  study.dataset = test::build({make_row("m", 1'000'000, "a", kShort, 0, 100)});
  ASSERT_TRUE(write_derived(study, *analyze(study.dataset)));
  EXPECT_FALSE(std::filesystem::exists(uncached / "processed/decode.json"));
}

}  // namespace
}  // namespace inferscale::analysis
