// The search with measurements that a formula makes.
#include "search/search_steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "model/ladder.hpp"

namespace inferscale {
namespace {

using ::testing::HasSubstr;

/// log(A / B) of a size, and half the width of its interval.
struct World {
  std::function<double(double)> log_ratio;
  double half_width = 0.01;
};

SearchPoint measured(const ModelConfig& shape, const World& world) {
  const auto size = static_cast<double>(parameter_count(shape));
  const double y = world.log_ratio(size);
  RatioPoint point;
  point.model = shape.name;
  point.parameters = size;
  point.ratio = std::exp(y);
  point.ci95 = Interval{std::exp(y - world.half_width), std::exp(y + world.half_width)};
  point.winner = std::abs(y) <= world.half_width ? 0 : (y > 0 ? 1 : -1);
  return {shape, point};
}

std::vector<SearchPoint> search(const World& world, const SearchSettings& settings) {
  std::vector<SearchPoint> points;
  for (const char* end : {"tiny-gpt2", "gpt2"}) {
    points.push_back(measured(*parse_model_name(end), world));
  }
  while (true) {
    const auto decision = decide_next(points, settings);
    if (!decision.next) {
      return points;
    }
    points.push_back(measured(*decision.next, world));
    EXPECT_LE(static_cast<int>(points.size()), settings.max_models);
    if (static_cast<int>(points.size()) > settings.max_models) {
      return points;
    }
  }
}

const SearchSettings kSettings{"a", "b", "prefill", 0.10, 20};

World line(double crossing, double slope) {
  return {[=](double size) { return slope * std::log(size / crossing); }, 1e-6};
}

TEST(DecideNext, BracketsAKnownCrossing) {
  for (const double crossing : {2e6, 12e6, 40e6, 60.1e6, 110e6}) {
    for (const double slope : {-0.05, -0.5, -2.0, 0.7}) {
      const auto points = search(line(crossing, slope), kSettings);
      const auto end = decide_next(points, kSettings);
      ASSERT_EQ(end.status, SearchStatus::bracketed) << crossing << ", slope " << slope << ": " << end.why;
      EXPECT_LE(end.bracket->low.parameters, crossing);
      EXPECT_GE(end.bracket->high.parameters, crossing);
      EXPECT_LE(end.bracket->high.parameters / end.bracket->low.parameters, 1.10);
      EXPECT_LE(points.size(), 10U) << crossing << ", slope " << slope;
    }
  }
}

TEST(DecideNext, BracketsACrossingThatNoLineFits) {
  // flat and far from 1, then a cliff: interpolation alone would creep along
  const World cliff{[](double size) { return size < 70e6 ? 0.02 : -2.0; }, 1e-3};
  const auto points = search(cliff, kSettings);
  EXPECT_EQ(decide_next(points, kSettings).status, SearchStatus::bracketed);
  EXPECT_LE(points.size(), 16U);
}

TEST(DecideNext, EndsInATieWhereTheTwoCannotBeToldApart) {
  World world = line(30e6, -0.5);
  world.half_width = 0.2;  // they tie from 20 to 45 M
  const auto points = search(world, kSettings);
  const auto end = decide_next(points, kSettings);
  ASSERT_EQ(end.status, SearchStatus::tied) << end.why;
  EXPECT_NEAR(end.bracket->low.parameters, 20e6, 3e6);
  EXPECT_NEAR(end.bracket->high.parameters, 45e6, 6e6);
  EXPECT_THAT(end.why, HasSubstr("they tie from"));
}

TEST(DecideNext, SaysThatOneAlwaysWinsWithTheRatioAtEachEnd) {
  const auto points = search(line(1e12, -0.1), kSettings);
  EXPECT_EQ(points.size(), 3U);  // the ends, and the middle in case it changes twice
  const auto end = decide_next(points, kSettings);
  EXPECT_EQ(end.status, SearchStatus::one_always_wins);
  EXPECT_THAT(end.why, HasSubstr("a wins at both ends"));
  EXPECT_THAT(end.why, HasSubstr("at 102,714 and"));
  EXPECT_THAT(end.why, HasSubstr("at 124 M"));
}

TEST(DecideNext, TiesAtTheEnds) {
  const auto points = search({[](double) { return 0.0; }, 0.01}, kSettings);
  const auto end = decide_next(points, kSettings);
  EXPECT_EQ(end.status, SearchStatus::tied);
  EXPECT_THAT(end.why, HasSubstr("they tie at both ends"));
  const World tied_small{[](double size) { return size < 1e6 ? 0.0 : -1.0; }, 0.01};
  const auto one_end = search(tied_small, kSettings);
  EXPECT_THAT(decide_next(one_end, kSettings).why,
              HasSubstr("they tie at the small end, so no change of winner can be seen"));
}

TEST(DecideNext, StopsAtTheBudget) {
  SearchSettings few = kSettings;
  few.max_models = 3;
  const auto points = search(line(40e6, -0.5), few);
  EXPECT_EQ(points.size(), 3U);
  EXPECT_EQ(decide_next(points, few).status, SearchStatus::budget_used);
}

TEST(DecideNext, AnEndWithoutAResultEndsTheSearch) {
  auto points = search(line(40e6, -0.5), kSettings);
  points[1].result.reset();
  const auto end = decide_next(points, kSettings);
  EXPECT_EQ(end.status, SearchStatus::not_measured);
  EXPECT_THAT(end.why, HasSubstr("gpt2 has no result"));
}

TEST(DecideNext, ASizeWithoutAResultIsNotChosenAgain) {
  auto points = search(line(40e6, -0.5), kSettings);
  points.resize(3);
  points[2].result.reset();
  const auto decision = decide_next(points, kSettings);
  ASSERT_TRUE(decision.next) << decision.why;
  EXPECT_NE(decision.next->name, points[2].shape.name);
}

TEST(DecideNext, SwappingTheBackendsChangesNoSize) {
  const auto points = search(line(40e6, -0.5), kSettings);
  const auto mirrored = search(line(40e6, 0.5), {"b", "a", "prefill", 0.10, 20});
  ASSERT_EQ(points.size(), mirrored.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].shape, mirrored[i].shape);
  }
}

TEST(ReplaySearch, GivesEachStepTheReasonThatLedToIt) {
  const auto points = search(line(40e6, -0.5), kSettings);
  const auto replayed = replay_search(points, kSettings);
  ASSERT_EQ(replayed.steps.size(), points.size());
  EXPECT_FALSE(replayed.steps[0].bracket);
  for (std::size_t i = 2; i < points.size(); ++i) {
    EXPECT_EQ(replayed.steps[i].why, decide_next(std::span(points).first(i), kSettings).why);
    const auto& before = *replayed.steps[i - 1].bracket;
    const auto& after = *replayed.steps[i].bracket;
    EXPECT_LT(after.high.parameters / after.low.parameters, before.high.parameters / before.low.parameters);
  }
  const Json json = to_json(replayed);
  EXPECT_EQ(json["status"], "bracketed");
  EXPECT_EQ(json["steps"].size(), points.size());
  EXPECT_EQ(json["bracket"]["low_winner"], "a");
  EXPECT_EQ(json["bracket"]["high_winner"], "b");
}

}  // namespace
}  // namespace inferscale
