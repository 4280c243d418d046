// What a recommendation may not be: limits, prices, perplexity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/analysis/recommend_rows.hpp"

namespace inferscale::analysis {

using namespace record;

namespace {

TEST(Recommend, Constraints) {
  const auto study = machine(crossing_rows());
  auto options = at(kLarge);
  options.no_gpu = true;
  EXPECT_EQ(one({study}, options).candidates.at(0).backend, "x-cpu");
  EXPECT_THAT(one({study}, options).left_out.at(0).reason, "runs on cuda");

  options = at(kSmall);  // batch_short: 44 tokens at 2,000 tok/s take 22 ms, at 1,000 44 ms
  options.limits = {{&record::kLatency, 30}};
  auto answer = one({study}, options);
  ASSERT_EQ(answer.candidates.size(), 1U);
  EXPECT_EQ(answer.candidates[0].worst_scenario, "batch_short");
  EXPECT_NEAR(answer.candidates[0].worst_latency_ms, 22, 0.1);
  EXPECT_THAT(answer.left_out.at(0).reason, testing::HasSubstr("above 30.00 ms"));
  options.limits = {{&record::metric_called("latency_p99_ms"), 26}};  // 1.2 times the mean
  EXPECT_TRUE(one({study}, options).candidates.empty());
  options.limits = {{&record::kLatency, 30}};
  options.batch = 1;  // single_micro: 8 tokens
  EXPECT_EQ(one({study}, options).candidates.size(), 2U);
  options.batch = 3;
  EXPECT_FALSE(recommend(std::vector<StudyResults>{study}, options));

  options = at(kSmall);
  options.min_throughput_tok_s = 5000;
  answer = one({study}, options);
  EXPECT_TRUE(answer.candidates.empty());
  EXPECT_FALSE(answer.margin);
  EXPECT_EQ(answer.left_out.size(), 2U);
}

TEST(Recommend, TimesOfTokensAreLimitsToo) {
  std::vector<Row> rows = crossing_rows();
  for (Row& row : rows) {
    const double step = row.backend == "x-cpu" ? 20 : 10;
    row.time_to_first_token_ms = 50;
    row.time_per_output_token_ms = {step, step, step, step * 2, step, step * 2, 0};
  }
  const auto study = machine(rows);
  auto options = at(kSmall);
  options.limits = {{&record::metric_called("time_per_output_token_ms"), 15}};
  auto answer = one({study}, options);
  ASSERT_EQ(answer.candidates.size(), 1U);
  EXPECT_EQ(answer.candidates[0].backend, "x-gpu");
  EXPECT_THAT(answer.left_out.at(0).reason, testing::HasSubstr("time per output token: 20.00 ms in"));
  options.limits = {{&record::metric_called("time_per_output_token_p99_ms"), 15}};
  EXPECT_TRUE(one({study}, options).candidates.empty());
  options.limits = {{&record::metric_called("time_to_first_token_ms"), 60}};
  EXPECT_EQ(one({study}, options).candidates.size(), 2U);
  EXPECT_TRUE(one({machine(crossing_rows())}, options).candidates.empty());  // prefill has no such time
}

TEST(Recommend, LimitsOfTokensAskAboutModesThatHaveThem) {
  std::vector<Row> rows;
  for (const protocol::Mode mode : {protocol::Mode::generate, protocol::Mode::decode}) {
    for (Row row : crossing_rows()) {
      row.mode = mode;
      const bool steps = mode == protocol::Mode::decode && row.scenario.batch == 1;
      row.scenario.new_tokens = row.scenario.batch == 1 ? 8 : 1;
      row.time_to_first_token_ms = mode == protocol::Mode::decode ? 50 : 0;
      row.time_per_output_token_ms =
          steps ? std::optional(protocol::LatencySummary{10, 10, 10, 10, 10, 10, 0}) : std::nullopt;
      rows.push_back(row);
    }
  }
  const auto study = machine(rows);
  auto options = at(kSmall);
  EXPECT_EQ(recommend(std::vector<StudyResults>{study}, options)->size(), 2U);
  for (const char* metric : {"time_to_first_token_ms", "time_per_output_token_ms"}) {
    options.limits = {{record::find_metric(metric), 60}};
    const auto answer = one({study}, options);  // the scenario of one new token has no further ones
    EXPECT_EQ(answer.mode, protocol::Mode::decode);
    EXPECT_EQ(answer.candidates.size(), 2U) << metric;
  }
  options.mode = protocol::Mode::generate;
  EXPECT_TRUE(one({study}, options).candidates.empty());
}

TEST(Recommend, ThePriceDecidesWhenThereIsOne) {
  const auto study = machine(crossing_rows());
  auto options = at(kLarge);  // 500 and 1,000 tok/s
  options.cost_per_hour = {{"x-cpu", 0.2}, {"x-gpu", 2.5}};
  const auto answer = one({study}, options);
  EXPECT_EQ(answer.candidates[0].backend, "x-cpu");
  EXPECT_NEAR(*answer.candidates[0].price_per_million_tokens, 0.2 / 500 / 3600 * 1e6, 1e-3);
  EXPECT_NEAR(answer.margin->ratio, 2.5 / 1000 / (0.2 / 500), 0.05);
  options.cost_per_hour.erase("x-gpu");
  EXPECT_THAT(one({study}, options).left_out.at(0).reason, "no price an hour was given");
  options.cost_per_hour = {{"x-cpu", 0}, {"x-gpu", 2.5}};
  EXPECT_EQ(one({study}, options).candidates.at(0).backend, "x-gpu");
  EXPECT_THAT(one({study}, options).left_out.at(0).reason, testing::HasSubstr("its price is 0"));
  options.cost_per_hour = {{"y-cpu", 1}};
  EXPECT_FALSE(recommend(std::vector<StudyResults>{study}, options));
}

TEST(Recommend, LeavesOutWhatCostsMorePerplexityThanAskedFor) {
  StudyResults results = machine(crossing_rows());
  results.dataset.quality = {test::judged("small", "x-cpu", 68), test::judged("small", "x-gpu", 49.5),
                             test::judged("large", "x-cpu", 50)};
  RecommendOptions options = at(kSmall);
  options.max_perplexity_change = 0.02;
  const Recommendation answer = one({results}, options);
  ASSERT_EQ(answer.candidates.size(), 1U);
  EXPECT_EQ(answer.candidates[0].backend, "x-gpu");
  EXPECT_NEAR(*answer.candidates[0].perplexity_change, -0.01, 1e-9);
  EXPECT_EQ(answer.left_out.at(0).reason, "perplexity +36.0%, beyond 2%");
  options.parameters = kLarge;
  EXPECT_EQ(one({results}, options).candidates.at(0).backend, "x-cpu") << "of the other nothing is known";
}

}  // namespace
}  // namespace inferscale::analysis
