#include "report/key_findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/study_results.hpp"
#include "report/answer.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {
namespace {

using test::analyze_rows;
using test::make_failed;
using test::make_row;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const protocol::Scenario kOne{"single_micro", 1, 8};
const protocol::Scenario kFour{"batch_micro", 4, 8};
constexpr std::int64_t kSmall = 1'000'000;
constexpr std::int64_t kLarge = 64'000'000;

struct SpeedBySize {
  const char* backend;
  double small, large;
};

std::vector<record::Row> rows_at(const std::vector<SpeedBySize>& speeds, int repetitions = 3,
                                 const protocol::Scenario& scenario = kOne) {
  std::vector<record::Row> rows;
  for (const SpeedBySize& speed : speeds) {
    for (int r = 0; r < repetitions; ++r) {
      const double noise = 1 + 0.002 * (r - 1);
      rows.push_back(make_row("small", kSmall, speed.backend, scenario, r, speed.small * noise));
      rows.push_back(make_row("large", kLarge, speed.backend, scenario, r, speed.large * noise));
    }
  }
  return rows;
}

std::vector<std::string> findings(const std::vector<record::Row>& rows) {
  Source source;
  source.analysis = analyze_rows(rows);
  return key_findings(source);
}

TEST(KeyFindings, SayTheLeadAtBothEndsAndTheLargestDistance) {
  EXPECT_THAT(
      findings(rows_at({{"a", 2000, 1500}, {"b", 1800, 1000}, {"c", 200, 30}})),
      ElementsAre("a is faster than b by 11% at 1.00 M parameters and 1.5 times at 64.0 M parameters.",
                  "The largest distance is that of c, 50 times slower than a at 64.0 M parameters."));
  EXPECT_THAT(findings(rows_at({{"a", 2000, 500}, {"b", 1000, 1000}})),
              ElementsAre("At 1.00 M parameters, a is 2.0 times faster than b.",
                          "At 64.0 M parameters, b is 2.0 times faster than a."))
      << "the largest distance is one of them";
}

TEST(KeyFindings, WhatIsAlikeDoesNotLead) {
  EXPECT_THAT(findings(rows_at({{"a", 2000, 2000}, {"b", 1990, 1990}, {"c", 1000, 1990}})),
              ElementsAre("At 1.00 M parameters, a is alike with b and 2.0 times faster than c.",
                          "At 64.0 M parameters, a is alike with b and c."));
}

TEST(KeyFindings, OneRepetitionDecidesNothing) {
  EXPECT_THAT(findings(rows_at({{"a", 2000, 1500}, {"b", 1000, 1000}}, 1)), IsEmpty());
}

TEST(KeyFindings, SayWhatChangesWithTheBatch) {
  auto rows = rows_at({{"a", 1000, 1000}, {"b", 500, 500}});
  for (const record::Row& row : rows_at({{"a", 3000, 3000}, {"b", 9000, 9000}}, 3, kFour)) {
    rows.push_back(row);
  }
  EXPECT_THAT(findings(rows), Contains("At batch 1, a is up to 2.0 times faster (1.00 M to 64.0 M)."));
  rows = rows_at({{"a", 1000, 1000}, {"b", 500, 500}});
  for (const record::Row& row : rows_at({{"a", 3000, 3000}, {"b", 900, 900}}, 3, kFour)) {
    rows.push_back(row);
  }
  EXPECT_THAT(findings(rows), Contains("Every batch has the same answer."));
  rows = rows_at({{"a", 1000, 1000}, {"b", 999, 999}});
  for (const record::Row& row : rows_at({{"a", 3000, 3000}, {"b", 2999, 2999}}, 3, kFour)) {
    rows.push_back(row);
  }
  EXPECT_THAT(findings(rows), Not(Contains(HasSubstr("batch")))) << "which of the two does not matter";
}

TEST(KeyFindings, SayWhatTheCacheChanges) {
  std::vector<record::Row> rows;
  for (const auto& [mode, factor] :
       {std::pair{protocol::Mode::generate, 1.0}, std::pair{protocol::Mode::decode, 4.0}}) {
    for (record::Row row : rows_at({{"a", 1000, 100}})) {
      row.mode = mode;
      row.new_tokens = 8;
      row.new_tok_s = row.throughput_tok_s * factor;
      row.time_per_output_token_ms = row.latency_ms;
      rows.push_back(row);
    }
  }
  EXPECT_THAT(findings(rows), Contains("The KV cache makes new tokens of a 4.0 times faster on large."));
}

TEST(KeyFindings, SayWhichGatesFailAndWhatDidNotRun) {
  auto rows = rows_at({{"a", 2000, 1500}, {"b", 1000, 1000}, {"c", 500, 500}});
  for (record::Row& row : rows) {
    if (row.backend == "c") {
      row = make_failed(row, Outcome::unsupported, "not here");
    }
  }
  rows.back() = make_failed(rows.front(), Outcome::crash, "signal 11");
  rows.back().repetition = 9;
  Source source;
  source.analysis = analyze_rows(rows);
  EXPECT_THAT(key_findings(source), Contains("c did not run here and 1 of 18 repetitions ended badly."));
  record::QualityResult quality;
  quality.model = "large";
  quality.backend = "b";
  quality.verdict.gate = record::Gate::passed;
  source.analysis.quality = {quality};
  EXPECT_THAT(key_findings(source), Contains("Every backend passes its accuracy gate."));
  quality.verdict.gate = record::Gate::failed;
  source.analysis.quality.push_back(quality);
  EXPECT_THAT(key_findings(source), Contains("b fails its accuracy gate on large."));
}

class Published : public ::testing::TestWithParam<const char*> {};

/// Few, short, no statistics, and none that the first box denies.
TEST_P(Published, FindingsAgreeWithTheAnswer) {
  auto results = analysis::load_study_results(std::filesystem::path(INFERSCALE_SOURCE_DIR) /
                                              "docs/results/h200" / GetParam());
  ASSERT_TRUE(results) << results.error().message;
  const auto source = make_source(std::move(*results), {});
  ASSERT_TRUE(source) << source.error().message;
  const auto said = key_findings(*source);
  EXPECT_FALSE(said.empty());
  EXPECT_LE(said.size(), kMostFindings);
  for (const std::string& sentence : said) {
    EXPECT_THAT(sentence, Not(ContainsRegex("1\\.0+ times|p [=<]|p =|NaN|inf")));
    EXPECT_LE(count_words(sentence), 40U) << sentence;
    EXPECT_EQ(sentence.back(), '.');
  }
  const analysis::DecisionLine& smallest = *measured_of(source->analysis.decisions.front().lines).front();
  EXPECT_THAT(said.front(), HasSubstr(smallest.use + " is "));
  for (const std::string& alike : smallest.alike_with) {
    EXPECT_THAT(said.front(), ContainsRegex("alike with [^,]*" + alike));
    EXPECT_THAT(said.front(), Not(HasSubstr("than " + alike)));
  }
}
INSTANTIATE_TEST_SUITE_P(Studies, Published,
                         ::testing::Values("tr118v2", "ladder", "gpt2-last", "gpt2-gpu", "tr118v2-shared",
                                           "decode"));

}  // namespace
}  // namespace inferscale::report
