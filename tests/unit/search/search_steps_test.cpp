// The search with measurements that a formula makes.
#include "search/search_steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "family/ladder.hpp"

namespace inferscale::search {
namespace {

using ::testing::HasSubstr;

/// log(A / B) of a size, and half the width of its interval.
struct World {
  std::function<double(double)> log_ratio;
  double half_width = 0.01;
};

SearchPoint measured(const model::DecoderSpec& shape, const World& world) {
  const auto size = static_cast<double>(parameter_count(shape));
  const double y = world.log_ratio(size);
  analysis::RatioPoint point;
  point.model = shape.name;
  point.parameters = size;
  point.ratio = std::exp(y);
  point.ci95 = analysis::Interval{std::exp(y - world.half_width), std::exp(y + world.half_width)};
  point.winner = std::abs(y) <= world.half_width ? 0 : (y > 0 ? 1 : -1);
  point.winner_name = point.winner == 0 ? "" : point.winner > 0 ? "a" : "b";
  return {shape, point};
}

std::vector<SearchPoint> search(const World& world, const SearchSettings& settings) {
  std::vector<SearchPoint> points;
  for (const char* end : {"tiny-gpt2", "gpt2"}) {
    points.push_back(measured(*model::parse_model_name(end), world));
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
  EXPECT_THAT(end.why, HasSubstr("the widest 95% interval of a / b where they tie is "));
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

TEST(DecideNext, EndsThatNoShapeLiesBetweenAnswerAlone) {
  const std::string shape = "gpt2:layers=1,hidden=64,heads=2,positions=64,vocabulary=";
  const auto ends = [&](const World& world) {
    std::vector<SearchPoint> points;
    for (const char* vocabulary : {"61", "62"}) {
      points.push_back(measured(*model::parse_model_name(shape + vocabulary), world));
    }
    return decide_next(points, kSettings);
  };
  const auto won = ends(line(1, 1));
  EXPECT_EQ(won.status, SearchStatus::one_always_wins);
  EXPECT_THAT(won.why, testing::StartsWith("a wins at both ends, and no size between them has a result"));
  EXPECT_EQ(ends({[](double) { return 0.0; }, 1e-6}).status, SearchStatus::tied);
}

TEST(DecideNext, TheOtherOneAlwaysWins) {
  const auto end = decide_next(search(line(1e3, -0.1), kSettings), kSettings);
  EXPECT_EQ(end.status, SearchStatus::one_always_wins);
  EXPECT_THAT(end.why, HasSubstr("b wins at both ends, and nothing between them says otherwise"));
}

TEST(DecideNext, TiesAtTheEnds) {
  const auto points = search({[](double) { return 0.0; }, 0.01}, kSettings);
  EXPECT_EQ(points.size(), 3U);
  const auto end = decide_next(points, kSettings);
  EXPECT_EQ(end.status, SearchStatus::tied);
  EXPECT_THAT(end.why, HasSubstr("they tie at both ends and between"));
  EXPECT_THAT(end.why, HasSubstr("the widest 95% interval of a / b where they tie is 0.990 to 1.01, at "));
  const World tied_small{[](double size) { return size < 1e6 ? 0.0 : -1.0; }, 0.01};
  EXPECT_THAT(decide_next(search(tied_small, kSettings), kSettings).why,
              HasSubstr("they tie at the small end, up to 102,714, and b wins from "));
  const World tied_large{[](double size) { return size > 1e6 ? 0.0 : 1.0; }, 0.01};
  EXPECT_THAT(decide_next(search(tied_large, kSettings), kSettings).why,
              HasSubstr("a wins up to 102,714, and they tie at the large end, from "));
  const World tied_middle{[](double size) { return size > 1e6 && size < 5e7 ? 0.0 : 1.0; }, 0.01};
  const auto middle = decide_next(search(tied_middle, kSettings), kSettings);
  EXPECT_EQ(middle.status, SearchStatus::one_always_wins);
  EXPECT_THAT(middle.why, HasSubstr("a wins at both ends, though they tie at "));
  const World only_middle{[](double size) { return size > 1e6 && size < 5e7 ? 1.0 : 0.0; }, 0.01};
  const auto inner = decide_next(search(only_middle, kSettings), kSettings);
  EXPECT_EQ(inner.status, SearchStatus::tied);
  EXPECT_THAT(inner.why, HasSubstr("a wins from "));
}

TEST(DecideNext, ATieSaysHowWideItIs) {
  std::vector<SearchPoint> points = search({[](double) { return 0.0; }, 0.01}, kSettings);
  ASSERT_EQ(points.size(), 3U);
  points[1].result->ci95 = analysis::Interval{0.5, 2.1};
  EXPECT_THAT(decide_next(points, kSettings).why,
              HasSubstr("the widest 95% interval of a / b where they tie is 0.500 to 2.10, at 124 M"));
}

TEST(DecideNext, ATieIsAlikeOrUndecided) {
  std::vector<SearchPoint> points = search({[](double) { return 0.0; }, 0.01}, kSettings);
  const auto alike = decide_next(points, kSettings);
  EXPECT_EQ(alike.verdict, analysis::Verdict::alike);
  EXPECT_THAT(alike.why, HasSubstr("where they tie they are alike, within 5%"));
  EXPECT_TRUE(is_answer(alike));
  points[1].result->ci95 = analysis::Interval{0.0887, 7.03};
  const auto undecided = decide_next(points, kSettings);
  EXPECT_EQ(undecided.status, SearchStatus::tied);
  EXPECT_EQ(undecided.verdict, analysis::Verdict::undecided);
  EXPECT_THAT(undecided.why, HasSubstr("which of the two is faster where they tie is undecided"));
  EXPECT_FALSE(is_answer(undecided));
  const auto steps = replay_search(points, kSettings).steps;
  EXPECT_EQ(steps[0].verdict, analysis::Verdict::alike);
  EXPECT_EQ(steps[1].verdict, analysis::Verdict::undecided);
  EXPECT_EQ(decide_next(search(line(1e3, -0.1), kSettings), kSettings).verdict, std::nullopt);
}

TEST(DecideNext, SeveralCrossingsAreNamedAndTheFirstIsMadeTight) {
  // a wins, then b from 5 M, then a again from 60 M; b's stretch holds the middle of the range.
  const World world{[](double size) { return size < 1e6 || size > 60e6 ? 1.0 : -1.0; }, 0.01};
  const auto points = search(world, kSettings);
  const auto end = decide_next(points, kSettings);
  ASSERT_EQ(end.status, SearchStatus::bracketed) << end.why;
  EXPECT_LE(end.bracket->low.parameters, 1e6);
  EXPECT_GE(end.bracket->high.parameters, 1e6);
  EXPECT_THAT(end.why, HasSubstr("; the winner changes again, to a, between "));
}

TEST(DecideNext, ModelsThatFailInsideTheRangeDoNotKeepItGoing) {
  for (const double crossing : {1e3, 40e6}) {
    std::vector<SearchPoint> points;
    for (const char* end : {"tiny-gpt2", "gpt2"}) {
      points.push_back(measured(*model::parse_model_name(end), line(crossing, -0.5)));
    }
    SearchDecision decision = decide_next(points, kSettings);
    while (decision.next && points.size() < 100) {
      points.push_back({*decision.next, std::nullopt});
      decision = decide_next(points, kSettings);
    }
    ASSERT_FALSE(decision.next);
    EXPECT_LE(static_cast<int>(points.size()), kSettings.max_models);
    if (crossing < 1e5) {
      EXPECT_EQ(points.size(), 4U);  // two tries in the middle
      EXPECT_THAT(decision.why, HasSubstr("b wins at both ends, and no size between them has a result"));
    } else {
      EXPECT_EQ(decision.status, SearchStatus::budget_used);
      EXPECT_THAT(decision.why, HasSubstr("a wins up to 102,714, b from 124 M; 20 sizes are measured"));
    }
  }
}

TEST(DecideNext, EveryWorldEndsWithASentence) {
  // Steps, slopes, waves and noise, seeded by their number; whatever the ratios, the search stops in its
  // budget.
  for (int seed = 0; seed < 60; ++seed) {
    const World world{[seed](double size) {
                        const double x = std::log(size);
                        const double wave = std::sin(x * (0.2 + 0.15 * (seed % 10)) + seed);
                        return seed % 3 == 0 ? wave : seed % 3 == 1 ? 0.05 * wave : (wave > 0 ? 0.5 : -0.5);
                      },
                      seed % 2 == 0 ? 0.02 : 0.3};
    const auto points = search(world, kSettings);
    const auto end = decide_next(points, kSettings);
    EXPECT_FALSE(end.next) << seed;
    EXPECT_NE(end.status, SearchStatus::searching) << seed;
    EXPECT_NE(end.why, "") << seed;
  }
}

TEST(DecideNext, StopsAtTheBudget) {
  SearchSettings few = kSettings;
  few.max_models = 3;
  const auto points = search(line(40e6, -0.5), few);
  EXPECT_EQ(points.size(), 3U);
  EXPECT_EQ(decide_next(points, few).status, SearchStatus::budget_used);
  EXPECT_THAT(decide_next(points, few).why, HasSubstr("a wins up to "));
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
}  // namespace inferscale::search
