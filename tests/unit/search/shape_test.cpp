#include "search/shape.hpp"

#include <gtest/gtest.h>

#include "family/ladder.hpp"

namespace inferscale::search {
namespace {

model::DecoderSpec rung(const std::string& name) {
  return *model::parse_model_name(name);
}

TEST(ShapeBetween, LiesInsideAndHasWholeHeads) {
  for (std::size_t i = 1; i < model::ladder().size(); ++i) {
    const auto& low = model::ladder()[i - 1];
    const auto& high = model::ladder()[i];
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

TEST(ShapeBetween, NothingBetweenSizesThatTouchOrVocabulariesThatDiffer) {
  const auto small = rung("gpt2:layers=1,hidden=2,heads=2,vocabulary=64,positions=64");
  const auto next = rung("gpt2:layers=2,hidden=2,heads=2,vocabulary=64,positions=64");
  EXPECT_FALSE(shape_between(small, next, 300, {}));
  EXPECT_FALSE(shape_between(small, rung("gpt2"), 1e6, {}));
  EXPECT_FALSE(shape_between(rung("gpt2"), rung("gpt2-5m"), 1e7, {}));
}

}  // namespace
}  // namespace inferscale::search
