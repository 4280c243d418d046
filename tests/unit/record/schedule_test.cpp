#include "record/schedule.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/sha256.hpp"
#include "samples.hpp"

namespace inferscale::record {
namespace {

std::vector<std::string> order_of(const Plan& plan) {
  std::vector<std::string> order;
  for (const auto& repetition : schedule(plan)) {
    order.push_back(identity(repetition));
  }
  return order;
}

TEST(Schedule, VisitsEveryRepetitionOnce) {
  const auto order = order_of(test::small_plan());
  EXPECT_EQ(order.size(), 48U);
  EXPECT_EQ(std::set(order.begin(), order.end()).size(), 48U);
}

TEST(Schedule, IsAFunctionOfPlanAndSeed) {
  Plan plan = test::small_plan();
  const auto order = order_of(plan);
  EXPECT_EQ(order_of(plan), order);
  plan.seed = 119;
  EXPECT_NE(order_of(plan), order);
}

TEST(Schedule, IsTheSameOnEveryMachineAndLibrary) {
  std::string all;
  for (const auto& line : order_of(test::small_plan())) {
    all += line + "\n";
  }
  // Computed by a second implementation, in Python, of the documented shuffle; when it changes, so does the
  // order of every study.
  EXPECT_EQ(sha256_hex(all).substr(0, 16), "ec687c2472dec10d");
}

TEST(Schedule, MixesRepetitionsOfACellOverTheStudy) {
  // In a plain loop the three repetitions of a cell are neighbours; shuffled, next to none are.
  const auto order = schedule(test::small_plan());
  int neighbours = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    auto a = order[i - 1];
    auto b = order[i];
    a.number = b.number = 0;
    neighbours += identity(a) == identity(b) ? 1 : 0;
  }
  EXPECT_LT(neighbours, 10);
}

TEST(Schedule, EachPlaceIsAboutAsLikelyForEachRepetition) {
  // Over 4,000 seeds the first repetition of the unshuffled list lands in each of 4 places about 1,000 times;
  // 6 standard deviations (sqrt(4000 x 3/16) = 27) are 164.
  Plan plan = test::small_plan();
  plan.models = {"gpt2"};
  plan.backends = {"null"};
  plan.scenarios.resize(1);
  plan.modes = {protocol::Mode::prefill};
  plan.repetitions = 4;
  std::map<std::size_t, int> landed;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    plan.seed = seed;
    const auto order = schedule(plan);
    for (std::size_t i = 0; i < order.size(); ++i) {
      landed[i] += order[i].number == 0 ? 1 : 0;
    }
  }
  for (const auto& [place, count] : landed) {
    EXPECT_NEAR(count, 1000, 164) << place;
  }
}

TEST(Repetition, IsNumberedFromOneForPeople) {
  EXPECT_EQ(
      describe(Repetition{"gpt2", "null", protocol::builtin_scenarios()[0], protocol::Mode::prefill, 0}),
      "gpt2 null single_micro prefill #1");
}

}  // namespace
}  // namespace inferscale::record
