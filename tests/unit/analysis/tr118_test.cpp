#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "analysis/crossover.hpp"

namespace inferscale {
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
    const std::filesystem::path file =
        std::filesystem::path(INFERSCALE_TEST_DATA) / "tr118v2/crossover_points.csv";
    if (!std::filesystem::exists(file)) {
      GTEST_SKIP() << file << " is not here";
    }
    points = published_points(file);
    ASSERT_EQ(points.size(), 9U);
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

}  // namespace
}  // namespace inferscale
