#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "analysis/crossover.hpp"
#include "analysis/proportion.hpp"
#include "analysis/recommend.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {
namespace {

/// The published throughput columns of the crossover table; no intervals, so a winner is just the faster one.
std::vector<RatioPoint> published_points(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  std::vector<RatioPoint> points;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    RatioPoint point;
    std::string parameters, first, second;
    std::getline(fields, point.model, ',');
    std::getline(fields, parameters, ',');
    std::getline(fields, first, ',');
    std::getline(fields, second, ',');
    point.parameters = std::stod(parameters);
    point.ratio = std::stod(first) / std::stod(second);
    point.winner = point.ratio > 1 ? 1 : -1;
    points.push_back(point);
  }
  return points;
}

class Tr118 : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(file())) {
      GTEST_SKIP() << file() << " is not here";
    }
    points = published_points(file());
    ASSERT_EQ(points.size(), 9U);
  }
  static std::filesystem::path file() {
    return std::filesystem::path(INFERSCALE_TEST_DATA) / "tr118v2/crossover_points.csv";
  }
  [[nodiscard]] std::optional<CrossoverFit> fit_from(std::size_t start) const {
    std::vector<double> parameters;
    std::vector<double> ratios;
    for (std::size_t i = start; i < points.size(); ++i) {
      parameters.push_back(points[i].parameters);
      ratios.push_back(points[i].ratio);
    }
    return fit_crossover(parameters, ratios);
  }
  std::vector<RatioPoint> points;
};

TEST_F(Tr118, FitOfThePublishedThroughputs) {
  const auto fit = fit_from(0);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->k, -0.5057, 5e-5);
  EXPECT_NEAR(fit->a0, 9694, 0.5);
  EXPECT_NEAR(*fit->crossover / 1e6, 76.4, 0.05);
  EXPECT_EQ(fit->fieller, FiellerKind::bounded);
  EXPECT_NEAR(*fit->ci95_low / 1e6, 47.3, 0.05);
  EXPECT_NEAR(*fit->ci95_high / 1e6, 140.8, 0.05);
  EXPECT_FALSE(fit->extrapolated);
  ASSERT_TRUE(fit->leave_one_out);
  EXPECT_NEAR(fit->leave_one_out->low / 1e6, 66.1, 0.05);  // the smallest model holds the line up
}

TEST_F(Tr118, FitWithoutTheSmallestModel) {
  const auto fit = fit_from(1);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(*fit->crossover / 1e6, 66.1, 0.05);
}

TEST_F(Tr118, BracketAndLocalInterpolation) {
  const auto brackets = find_brackets(points, "onnxruntime-cpu", "transformers-gpu-compile");
  ASSERT_EQ(brackets.size(), 1U);
  EXPECT_EQ(brackets[0].low_model, "gpt2-50m");
  EXPECT_EQ(brackets[0].high_model, "gpt2-75m");
  EXPECT_NEAR(brackets[0].low_parameters / 1e6, 51.5, 0.05);
  EXPECT_NEAR(brackets[0].high_parameters / 1e6, 74.8, 0.05);
  EXPECT_EQ(brackets[0].low_winner, "onnxruntime-cpu");
  EXPECT_EQ(brackets[0].high_winner, "transformers-gpu-compile");
  ASSERT_TRUE(brackets[0].interpolated);
  EXPECT_NEAR(*brackets[0].interpolated / 1e6, 60.1, 0.05);
}

/// The published columns as a study: no spread is published, and equal repetitions are taken at their word.
Dataset published_study(const std::filesystem::path& file) {
  std::vector<record::Row> rows;
  for (const RatioPoint& point : published_points(file)) {
    for (int repetition = 0; repetition < 2; ++repetition) {
      for (const auto& [backend, tok_s] :
           {std::pair<const char*, double>{"onnxruntime-cpu", point.ratio * 1000},
            {"transformers-gpu-compile", 1000}}) {
        rows.push_back(test::make_row(point.model, static_cast<std::int64_t>(point.parameters), backend,
                                      protocol::builtin_scenarios()[0], repetition, tok_s));
      }
    }
  }
  return test::build(rows);
}

TEST_F(Tr118, TheWholeAnalysisFindsTheSame) {
  const auto analysis = analyze(published_study(file()));
  ASSERT_TRUE(analysis) << analysis.error().message;
  EXPECT_EQ(analysis->baseline, "transformers-gpu-compile");
  ASSERT_EQ(analysis->crossovers.size(), 1U);
  const Crossover& crossover = analysis->crossovers[0];
  ASSERT_TRUE(crossover.fit);
  EXPECT_NEAR(crossover.fit->k, -0.5057, 5e-5);
  EXPECT_NEAR(crossover.fit->a0, 9694, 0.5);
  EXPECT_NEAR(*crossover.fit->crossover / 1e6, 76.4, 0.05);
  EXPECT_NEAR(*crossover.fit->ci95_low / 1e6, 47.3, 0.05);
  EXPECT_NEAR(*crossover.fit->ci95_high / 1e6, 140.8, 0.05);
  ASSERT_EQ(crossover.brackets.size(), 1U);
  EXPECT_EQ(crossover.brackets[0].low_model, "gpt2-50m");
  EXPECT_EQ(crossover.brackets[0].high_model, "gpt2-75m");
  EXPECT_NEAR(*crossover.brackets[0].interpolated / 1e6, 60.1, 0.05);
  // The decision changes at the interpolated crossing, and says that it was not measured.
  const auto& lines = analysis->decisions.at(0).lines;
  const auto change = std::find_if(lines.begin(), lines.end(), [](const DecisionLine& line) {
    return line.basis == Basis::interpolated && line.winner == "transformers-gpu-compile";
  });
  ASSERT_NE(change, lines.end());
  EXPECT_NEAR(change->low_parameters / 1e6, 60.1, 0.05);
  EXPECT_NEAR(analysis->scaling.at(0).advantage_smallest->ratio, 21.94, 0.005);
}

TEST_F(Tr118, TheRecommendationFollowsTheInterpolation) {
  StudyResults published;
  published.folder = published.name = "tr118v2";
  published.dataset = published_study(file());
  const auto winner = [&](double parameters) {
    RecommendOptions options;
    options.parameters = parameters;
    const auto answers = recommend(std::span<const StudyResults>(&published, 1), options);
    EXPECT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(answers->at(0).candidates.at(0).basis, Basis::interpolated);
    return answers->at(0).candidates.at(0).backend;
  };
  EXPECT_EQ(winner(59e6), "onnxruntime-cpu");
  EXPECT_EQ(winner(61e6), "transformers-gpu-compile");
}

/// Of 120 runs of a backend, prefill and generate, how many failed, and how sure that makes one.
TEST_F(Tr118, DegradationRates) {
  std::ifstream in(file().parent_path() / "degradation.csv");
  std::string line;
  std::getline(in, line);
  int backends = 0;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string name, ok, runs;
    std::getline(fields, name, ',');
    std::getline(fields, ok, ',');
    std::getline(fields, runs, ',');
    const auto interval = wilson_interval(std::stoi(runs) - std::stoi(ok), std::stoi(runs));
    ASSERT_TRUE(interval);
    if (name == "tensorrt-fp16") {  // 20 of 60 prefill runs
      EXPECT_NEAR(interval->low, 0.2273, 5e-5);
      EXPECT_NEAR(interval->high, 0.4594, 5e-5);
    } else if (ok == runs) {
      EXPECT_EQ(interval->low, 0);
      EXPECT_NEAR(interval->high, 0.0602, 5e-5);
    }
    ++backends;
  }
  EXPECT_EQ(backends, 6);
}

}  // namespace
}  // namespace inferscale::analysis
