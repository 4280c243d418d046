#include "analysis/recommend_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/analysis/recommend_rows.hpp"

namespace inferscale::analysis {

using namespace record;

namespace {

TEST(Recommend, AtAMeasuredSize) {
  const auto answer = one({machine(crossing_rows())}, at(kSmall));
  EXPECT_EQ(answer.model, "small");
  ASSERT_EQ(answer.candidates.size(), 2U);
  EXPECT_EQ(answer.candidates[0].backend, "x-cpu");
  EXPECT_EQ(answer.candidates[0].basis, Basis::measured);
  EXPECT_FALSE(answer.candidates[1].tied);
  EXPECT_NEAR(answer.margin->ratio, 2, 0.01);
  EXPECT_GT(answer.margin->ci95->low, 1.9);
  EXPECT_EQ(one({machine(crossing_rows())}, at(kSmall * 1.005)).candidates[0].basis, Basis::measured);
}

StudyResults with_failed_gate(const char* model, const char* backend) {
  StudyResults results = machine(crossing_rows());
  QualityResult failed;
  failed.model = model;
  failed.backend = backend;
  failed.verdict = {Gate::failed, "it computes something else"};
  results.dataset.quality = {failed};
  return results;
}

TEST(Recommend, NeverWhatFailedItsAccuracyGateThere) {
  const auto answer = one({with_failed_gate("small", "x-cpu")}, at(kSmall));
  ASSERT_EQ(answer.candidates.size(), 1U);
  EXPECT_EQ(answer.candidates[0].backend, "x-gpu");
  ASSERT_EQ(answer.left_out.size(), 1U);
  EXPECT_EQ(answer.left_out[0].backend, "x-cpu");
  EXPECT_EQ(answer.left_out[0].reason, "its accuracy gate failed: it computes something else");
  EXPECT_EQ(one({with_failed_gate("small", "x-cpu")}, at(kLarge)).candidates.size(), 2U);
}

TEST(Recommend, DrawsNoLineThroughASizeWhereTheGateFailed) {
  const auto answer = one({with_failed_gate("large", "x-cpu")}, at(15e6));
  ASSERT_EQ(answer.candidates.size(), 1U);  // one size is left of x-cpu
  EXPECT_EQ(answer.candidates[0].backend, "x-gpu");
}

TEST(Recommend, BetweenSizesOnAStraightLineOfLogs) {
  const auto study = machine(crossing_rows());
  const auto below = one({study}, at(15e6));
  EXPECT_EQ(below.candidates[0].backend, "x-cpu");
  EXPECT_EQ(below.candidates[0].basis, Basis::interpolated);
  EXPECT_THAT(below.candidates[0].models, testing::ElementsAre("small", "large"));
  EXPECT_NEAR(below.candidates[0].throughput_tok_s, 2000 * 10 / 15.0, 3);
  EXPECT_TRUE(below.model.empty());
  EXPECT_EQ(one({study}, at(30e6)).candidates[0].backend, "x-gpu");
  EXPECT_TRUE(one({machine(crossing_rows(0.05))}, at(20e6)).candidates[1].tied);
}

TEST(Recommend, BeyondTheSizesOnlyWhenToldTo) {
  const auto study = machine(crossing_rows());
  const auto far = recommend(std::vector<StudyResults>{study}, at(100e6));
  ASSERT_FALSE(far);
  EXPECT_TRUE(far.error().usage);
  EXPECT_THAT(far.error().message,
              testing::HasSubstr("2.50 times beyond the measured sizes (10.0 M to 40.0 M)"));
  EXPECT_FALSE(recommend(std::vector<StudyResults>{study}, at(3e6)));
  auto daring = at(100e6);
  daring.extrapolate = true;
  const auto answer = one({study}, daring);
  EXPECT_EQ(answer.candidates[0].backend, "x-gpu");
  EXPECT_EQ(answer.candidates[0].basis, Basis::extrapolated);
  EXPECT_NEAR(answer.margin->ratio, 5, 0.1);
  EXPECT_FALSE(answer.margin->ci95) << "two sizes say nothing of how straight a line is";
}

/// Three sizes, two of them close together, whose line through those two alone would be absurd.
TEST(Recommend, BeyondTheSizesOnALineThroughAllOfThem) {
  std::vector<Row> rows;
  for (const auto& [model, parameters, tok_s] :
       {std::tuple<const char*, std::int64_t, double>{"a", 1'000'000, 1000},
        {"b", 10'000'000, 100},
        {"c", 11'000'000, 120}}) {
    for (int repetition = 0; repetition < 3; ++repetition) {
      for (const char* backend : {"x", "y"}) {
        rows.push_back(make_row(model, parameters, backend, protocol::builtin_scenarios()[0], repetition,
                                tok_s * (1 + 0.01 * repetition) * (backend[0] == 'x' ? 1 : 1.3)));
      }
    }
  }
  auto daring = at(100e6);
  daring.extrapolate = true;
  const auto answer = one({machine(rows)}, daring);
  EXPECT_EQ(answer.candidates[0].backend, "y");
  EXPECT_LT(answer.candidates[0].throughput_tok_s, 50);  // the line through b and c would give some 10,000
  EXPECT_THAT(answer.candidates[0].models, testing::ElementsAre("a", "b", "c"));
  EXPECT_TRUE(answer.margin->ci95);
}

/// Between two sizes nothing is better known than at the worse of them.
TEST(Recommend, BetweenSizesAnIntervalIsNeverNarrowerThanAtTheEnds) {
  const auto study = machine(crossing_rows(0.03));
  const auto width = [&](double parameters) {
    const auto answer = one({study}, at(parameters));
    return answer.margin->ci95->high / answer.margin->ci95->low;
  };
  const double ends = std::max(width(kSmall), width(kLarge));
  for (const double parameters : {11e6, 15e6, 20e6, 30e6, 39e6}) {
    EXPECT_GE(width(parameters), ends * (1 - 1e-12)) << parameters;
  }
}

std::vector<Row> models_of_one_size() {
  auto rows = crossing_rows();
  std::erase_if(rows, [](const Row& row) { return row.model == "large"; });
  const std::size_t count = rows.size();
  for (std::size_t i = 0; i < count; ++i) {
    Row other = rows[i];
    other.model = "tuned";
    other.parameters += 1000;
    other.throughput_tok_s = other.backend == "x-cpu" ? 500 + static_cast<double>(i) * 0.01 : 1000;
    rows.push_back(other);
  }
  return rows;
}

TEST(Recommend, ModelsOfOneSizeHaveAnAnswerEachByName) {
  const auto study = machine(models_of_one_size());
  const auto answers = recommend(std::vector<StudyResults>{study}, at(kSmall));
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 2U);
  EXPECT_EQ(answers->at(0).model, "small");
  EXPECT_EQ(answers->at(0).candidates[answers->at(0).use].backend, "x-cpu");
  EXPECT_EQ(answers->at(1).model, "tuned");
  EXPECT_EQ(answers->at(1).candidates[answers->at(1).use].backend, "x-gpu");
  RecommendOptions by_name;
  by_name.model = "tuned";
  EXPECT_EQ(one({study}, by_name).model, "tuned");
  by_name.model = "tunned";
  const auto unknown = recommend(std::vector<StudyResults>{study}, by_name);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, testing::HasSubstr("measured are small, tuned"));
  const auto analysis = analyze(study.dataset);
  ASSERT_TRUE(analysis);
  EXPECT_EQ(analysis->decisions[0].lines.size(), 2U) << "nothing lies between models of one size";
}

TEST(Recommend, NeverWhatComputesNothing) {
  auto rows = crossing_rows();
  for (const Row& row : crossing_rows(0.001, 1000)) {
    if (row.backend == "x-cpu") {
      rows.push_back(row);
      rows.back().backend = "null-cpu";
    }
  }
  const auto study = machine(rows);
  const auto answer = one({study}, at(kSmall));
  EXPECT_EQ(answer.candidates[0].backend, "x-cpu");
  EXPECT_THAT(answer.left_out.at(0).reason, testing::HasSubstr("computes nothing"));
  const auto analysis = analyze(study.dataset);
  ASSERT_TRUE(analysis);
  EXPECT_EQ(analysis->decisions[0].lines[0].use, "x-cpu");
}

TEST(Recommend, ADifferenceWithinTheBandChangesNoAnswer) {
  auto rows = crossing_rows(0.0001);
  for (Row& row : rows) {
    row.throughput_tok_s *= row.backend == "x-gpu" ? 1 : (row.model == "small" ? 0.51 : 1.96);
  }  // x-cpu: 2% faster at the small size, 2% slower at the large
  const auto study = machine(rows);
  const auto small = one({study}, at(kSmall));
  const auto large = one({study}, at(kLarge));
  EXPECT_EQ(small.candidates[0].backend, "x-cpu");
  EXPECT_EQ(large.candidates[0].backend, "x-gpu");
  EXPECT_EQ(small.candidates[small.use].backend, large.candidates[large.use].backend);
  EXPECT_EQ(small.candidates[1 - small.use].verdict, Verdict::alike);
  auto strict = at(kSmall);
  strict.indifference = 0.01;
  EXPECT_EQ(one({study}, strict).use, 0U);
}

TEST(Recommend, MachinesStayApart) {
  const std::vector<StudyResults> machines{machine(crossing_rows(), "slow"),
                                           machine(crossing_rows(0.001, 3), "fast")};
  auto options = at(kSmall);
  const auto answer = one(machines, options);
  ASSERT_EQ(answer.candidates.size(), 4U);
  EXPECT_EQ(label(answer.candidates[0], true), "fast/x-cpu");
  EXPECT_NEAR(answer.candidates[0].throughput_tok_s, 6000, 20);
  EXPECT_EQ(answer.candidates[1].behind_best.n_second, 5);  // of one machine
  options.cost_per_hour = {{"slow/x-cpu", 0.1}, {"fast/x-cpu", 1}};
  EXPECT_EQ(label(one(machines, options).candidates[0], true), "slow/x-cpu");
}

TEST(Recommend, SaysWhichMachineDidNotMeasureTheMode) {
  auto generated = crossing_rows();
  for (Row& row : generated) {
    row.mode = protocol::Mode::generate;
    row.new_tokens = 8;
  }
  auto options = at(kSmall);
  options.mode = protocol::Mode::generate;
  const auto answer = one({machine(generated, "a"), machine(crossing_rows(), "b")}, options);
  EXPECT_EQ(answer.candidates.size(), 2U);
  ASSERT_EQ(answer.left_out.size(), 2U);
  EXPECT_EQ(answer.left_out[0].backend, "b/x-cpu");
  EXPECT_EQ(answer.left_out[0].reason, "generate was not measured there");
}

TEST(Recommend, ABackendThatFailedSomewhereIsLeftOutThere) {
  auto rows = crossing_rows();
  for (Row& row : rows) {
    if (row.backend == "x-cpu" && row.scenario.batch == 4 && row.parameters == kSmall) {
      row = make_failed(row, Outcome::crash, "signal 11");
    }
  }
  const auto answer = one({machine(rows)}, at(kSmall));
  ASSERT_EQ(answer.candidates.size(), 1U);
  EXPECT_EQ(answer.candidates[0].backend, "x-gpu");
  EXPECT_EQ(answer.left_out.at(0).reason, "not every scenario is ok there: signal 11");
}

TEST(Recommend, OneSizeDrawsNoLine) {
  auto rows = crossing_rows();
  std::erase_if(rows, [](const Row& row) { return row.parameters == kLarge; });
  EXPECT_EQ(one({machine(rows)}, at(kSmall)).candidates.size(), 2U);
  auto daring = at(1.5 * kSmall);
  daring.extrapolate = true;
  const auto answer = one({machine(rows)}, daring);
  EXPECT_TRUE(answer.candidates.empty());
  EXPECT_THAT(answer.left_out.at(0).reason, testing::HasSubstr("one size draws no line"));
}

TEST(Recommend, NothingMeasuredSaysWhy) {
  auto rows = crossing_rows();
  for (Row& row : rows) {
    row = make_failed(row, Outcome::crash, "signal 11");
  }
  for (const auto& options : {at(kSmall), RecommendOptions{}}) {
    const auto answer = one({machine(rows)}, options);
    EXPECT_TRUE(answer.candidates.empty());
    EXPECT_EQ(answer.left_out.at(0).reason, "no size with every scenario ok: signal 11");
  }
}

TEST(Recommend, EverySizeWithoutOne) {
  const auto answers = recommend(std::vector<StudyResults>{machine(crossing_rows())}, {});
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 2U);
  EXPECT_EQ(answers->at(0).candidates[0].backend, "x-cpu");
  EXPECT_EQ(answers->at(1).candidates[0].backend, "x-gpu");
  const Json json = fields_json(answers->at(1));
  EXPECT_EQ(json["winner"], "x-gpu");
  EXPECT_EQ(json["runner_up"], "x-cpu");
  EXPECT_EQ(json["basis"], "measured");
}

}  // namespace
}  // namespace inferscale::analysis
