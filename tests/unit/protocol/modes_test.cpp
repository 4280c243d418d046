#include "protocol/modes/descriptor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/measurement.hpp"

namespace inferscale::protocol {
namespace {

using ::testing::ElementsAre;

constexpr int kNewTokens = 3;
const Scenario kScenario{"test", 2, 5};

TEST(Modes, AreInTheOrderOfTheirNumbers) {
  int number = 0;
  for (const ModeDescriptor* one : modes()) {
    EXPECT_EQ(static_cast<int>(one->id), number++) << one->name;
    EXPECT_EQ(&descriptor(one->id), one);
    EXPECT_EQ(parse_mode(one->name), one->id);
  }
  EXPECT_EQ(mode_names(), "prefill, generate or decode");
  EXPECT_THAT(default_modes(), ElementsAre(Mode::prefill, Mode::generate));
}

TEST(Modes, LongestIsTheLengthOfTheLastShape) {
  for (const ModeDescriptor* one : modes()) {
    const auto shapes = one->shapes(kScenario, kNewTokens);
    ASSERT_FALSE(shapes.empty()) << one->name;
    EXPECT_EQ(shapes.front(), (Shape{2, 5})) << one->name;
    EXPECT_EQ(shapes.back().length, one->longest(kScenario, kNewTokens)) << one->name;
  }
  EXPECT_EQ(kPrefillMode.longest(kScenario, kNewTokens), 5);
  EXPECT_EQ(kGenerateMode.longest(kScenario, kNewTokens), 7);
}

TEST(Modes, SayWhichFieldsOfARowAreTheirs) {
  const auto fills = [](Mode mode) {
    return std::pair{descriptor(mode).fills_field(ModeField::new_tok_s),
                     descriptor(mode).fills_field(ModeField::time_to_first_token_ms)};
  };
  EXPECT_EQ(fills(Mode::prefill), std::pair(false, false));
  EXPECT_EQ(fills(Mode::generate), std::pair(true, false));
  EXPECT_EQ(fills(Mode::decode), std::pair(true, true));
  for (const ModeDescriptor* one : modes()) {
    for (const ModeField column : one->columns) {
      EXPECT_TRUE(one->fills_field(column)) << one->name;
    }
  }
}

TEST(Modes, OnlyDecodeHasACache) {
  for (const ModeDescriptor* one : modes()) {
    EXPECT_TRUE(one->runs()) << one->name;
    EXPECT_EQ(one->cached(), one->id == Mode::decode) << one->name;
    EXPECT_EQ(one->fills_field(ModeField::time_per_output_token_ms), one->cached()) << one->name;
  }
  MeasureRequest request;
  request.scenario = kScenario;
  request.mode = Mode::decode;
  request.new_tokens = kNewTokens;
  EXPECT_EQ(cache_of(request), (CacheShape{2, 5, 7}));
}

}  // namespace
}  // namespace inferscale::protocol
