#include "protocol/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::protocol {
namespace {

TEST(Scenario, SixBuiltInOnesAreThoseOfTr118) {
  ASSERT_EQ(builtin_scenarios().size(), 6U);
  EXPECT_EQ(*parse_scenario("single_micro"), (Scenario{"single_micro", 1, 8}));
  EXPECT_EQ(*parse_scenario("batch_medium"), (Scenario{"batch_medium", 4, 19}));
}

TEST(Scenario, TakesNewOnesByName) {
  EXPECT_EQ(*parse_scenario("wide:batch=32,prompt=128"), (Scenario{"wide", 32, 128}));
  EXPECT_EQ(*parse_scenario("wide:prompt=128,batch=32"), (Scenario{"wide", 32, 128}));
}

TEST(Scenario, RefusesTheRestAsWrongUsage) {
  for (const char* text :
       {"", "singel_micro", "x:batch=1", "x:batch=0,prompt=4", "x:batch=-1,prompt=4", ":batch=1,prompt=2",
        "x:batch=1,prompt=", "x:batch=1,prompt=4x", "x:batch=1,prompt=99999999999", "x:", "x:size=3"}) {
    const auto parsed = parse_scenario(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().usage) << text;
  }
}

TEST(Scenario, HasEachValueOnce) {
  for (const char* text : {"x:batch=1,batch=2,prompt=4", "x:batch=1,prompt=4,prompt=4"}) {
    const auto parsed = parse_scenario(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().usage);
    EXPECT_NE(parsed.error().message.find("is given twice: give it once"), std::string::npos)
        << parsed.error().message;
  }
}

TEST(Scenario, AListHasCommasOfItsOwn) {
  const Scenario micro{"single_micro", 1, 8};
  const Scenario wide{"wide", 32, 128};
  EXPECT_EQ(*parse_scenarios("single_micro"), (std::vector{micro}));
  EXPECT_EQ(*parse_scenarios("single_micro,wide:batch=32,prompt=128"), (std::vector{micro, wide}));
  EXPECT_EQ(*parse_scenarios("single_micro, wide:batch=32,prompt=128 "), (std::vector{micro, wide}));
  EXPECT_EQ(*parse_scenarios("wide:prompt=128,batch=32,single_micro,y:batch=1,prompt=2"),
            (std::vector{wide, micro, Scenario{"y", 1, 2}}));
  for (const char* list : {"", ",", "single_micro,", ",single_micro", "single_micro,prompt=3",
                           "wide:batch=32,single_micro", "y:batch=1,prompt=2,prompt"}) {
    EXPECT_FALSE(parse_scenarios(list)) << list;
  }
}

TEST(Scenario, MayHaveNewTokensOfItsOwn) {
  const auto own = parse_scenario("chat:batch=1,prompt=64,new=512");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->new_tokens, 512);
  EXPECT_EQ(new_tokens_of(*own, 8), 512);
  EXPECT_EQ(new_tokens_of({"plain", 1, 64}, 8), 8);
  EXPECT_FALSE(parse_scenario("chat:batch=1,prompt=64,new=0"));
}

TEST(Scenario, CountsTokensAsTheDesignDoes) {
  const Scenario scenario{"batch_short", 4, 11};
  EXPECT_EQ(counted_tokens(scenario, Mode::prefill, 8), 44);
  EXPECT_EQ(counted_tokens(scenario, Mode::generate, 8), 76);
  EXPECT_EQ(counted_tokens(scenario, Mode::decode, 8), 32);
}

TEST(Mode, ComesBackFromItsName) {
  for (const Mode mode : {Mode::prefill, Mode::generate, Mode::decode}) {
    EXPECT_EQ(parse_mode(to_string(mode)), mode);
  }
  EXPECT_FALSE(parse_mode("training"));
}

}  // namespace
}  // namespace inferscale::protocol
