#include "search/shape.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "family/families.hpp"
#include "family/ladder.hpp"

namespace inferscale::search {
namespace {

model::DecoderSpec rung(const std::string& name) {
  return *model::parse_model_name(name);
}

TEST(ShapeBetween, LiesInsideAndHasWholeHeads) {
  const auto& rungs = family::gpt2().ladder();
  for (std::size_t i = 1; i < rungs.size(); ++i) {
    const auto& low = rungs[i - 1];
    const auto& high = rungs[i];
    const double target =
        (static_cast<double>(parameter_count(low)) + static_cast<double>(parameter_count(high))) / 2;
    const auto shape = shape_between(low, high, target, {low, high});
    ASSERT_TRUE(shape) << low.name << " to " << high.name;
    EXPECT_GT(parameter_count(*shape), parameter_count(low));
    EXPECT_LT(parameter_count(*shape), parameter_count(high));
    EXPECT_TRUE(validate(*shape));
    EXPECT_EQ(model::parse_model_name(shape->name).value(), *shape);  // the name is canonical
  }
}

TEST(ShapeBetween, HitsTheTargetCloselyOnTheLadder) {
  const auto shape = shape_between(rung("tiny-gpt2"), rung("gpt2"), 60e6, {});
  ASSERT_TRUE(shape);
  EXPECT_NEAR(static_cast<double>(parameter_count(*shape)), 60e6, 6e6);
  const auto again = shape_between(rung("tiny-gpt2"), rung("gpt2"), 60e6, {});
  EXPECT_EQ(*shape, *again);
}

TEST(ShapeBetween, NeverOneThatIsTaken) {
  std::vector<model::DecoderSpec> taken;
  const auto low = rung("gpt2-50m");
  const auto high = rung("gpt2-75m");
  for (int i = 0; i < 5; ++i) {
    const auto shape = shape_between(low, high, 60e6, taken);
    ASSERT_TRUE(shape);
    for (const auto& other : taken) {
      EXPECT_NE(parameter_count(*shape), parameter_count(other));
    }
    taken.push_back(*shape);
  }
}

TEST(ShapeBetween, ARungHasItsOwnName) {
  const auto shape = shape_between(rung("gpt2-45m"), rung("gpt2:layers=10,hidden=512,heads=8"), 51475968, {});
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->name, "gpt2-50m");
}

/// Between rungs of the llama ladder everything that a name can say lies between too.
TEST(ShapeBetween, LiesBetweenLlamasThatDifferInMoreThanSize) {
  const auto& rungs = family::llama().ladder();
  for (std::size_t i = 1; i < rungs.size(); ++i) {
    const auto& low = rungs[i - 1];
    const auto& high = rungs[i];
    const double target =
        std::sqrt(static_cast<double>(parameter_count(low)) * static_cast<double>(parameter_count(high)));
    const auto shape = shape_between(low, high, target, {low, high});
    ASSERT_TRUE(shape) << low.name << " to " << high.name;
    EXPECT_NEAR(static_cast<double>(parameter_count(*shape)) / target, 1, 0.1) << shape->name;
    EXPECT_TRUE(validate(*shape));
    EXPECT_EQ(model::parse_model_name(shape->name).value(), *shape);
    const auto between = [](auto value, auto a, auto b) {
      return value >= std::min(a, b) && value <= std::max(a, b);
    };
    EXPECT_TRUE(between(shape->vocabulary, low.vocabulary, high.vocabulary)) << shape->name;
    EXPECT_EQ(shape->positions, std::min(low.positions, high.positions));
    EXPECT_TRUE(between(static_cast<double>(shape->inner) / shape->hidden,
                        static_cast<double>(low.inner) / low.hidden - 0.1,
                        static_cast<double>(high.inner) / high.hidden + 0.1))
        << shape->name;
  }
}

TEST(ShapeBetween, KeepsTheGroupsOfBothEnds) {
  const auto shape = shape_between(rung("smollm2-135m"), rung("smollm2-360m"), 220e6, {});
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->heads / kv_heads(*shape), 3) << shape->name;
}

TEST(ShapeBetween, NothingBetweenSizesThatTouchOrFamiliesThatDiffer) {
  const auto small = rung("gpt2:layers=1,hidden=2,heads=2,vocabulary=64,positions=64");
  const auto next = rung("gpt2:layers=2,hidden=2,heads=2,vocabulary=64,positions=64");
  EXPECT_FALSE(shape_between(small, next, 300, {}));
  EXPECT_FALSE(shape_between(small, rung("smollm2-135m"), 1e6, {}));
  EXPECT_FALSE(shape_between(rung("gpt2"), rung("gpt2-5m"), 1e7, {}));
}

}  // namespace
}  // namespace inferscale::search
