#include "terminal/quantities.hpp"

#include <gtest/gtest.h>

#include "terminal/text_table.hpp"

namespace inferscale::terminal {
namespace {

TEST(Quantities, Shares) {
  EXPECT_DOUBLE_EQ(*parse_share("2%", "--threshold"), 0.02);
  EXPECT_DOUBLE_EQ(*parse_share("0.5", "--threshold"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_share("0", "--threshold"), 0);
  for (const char* wrong : {"", "%", "-1%", "100%", "1", "2%%", "two", "nan", "1e400", "2 %"}) {
    const auto share = parse_share(wrong, "--threshold");
    ASSERT_FALSE(share) << wrong;
    EXPECT_TRUE(share.error().usage);
    EXPECT_EQ(share.error().message.rfind("--threshold: '", 0), 0U) << share.error().message;
  }
}

TEST(Quantities, Parameters) {
  EXPECT_DOUBLE_EQ(*parse_parameters("124439808", "--size"), 124439808);
  EXPECT_DOUBLE_EQ(*parse_parameters("60M", "--size"), 60e6);
  EXPECT_DOUBLE_EQ(*parse_parameters("1.2B", "--size"), 1.2e9);
  EXPECT_DOUBLE_EQ(*parse_parameters("500k", "--size"), 5e5);
  for (const char* wrong : {"", "M", "0", "-5M", "60MB", "inf", "6 0M"}) {
    EXPECT_FALSE(parse_parameters(wrong, "--size")) << wrong;
  }
}

TEST(Quantities, Prices) {
  const std::vector<std::string> right{"a=0.2", "laptop/b=0"};
  const auto prices = parse_prices(right);
  ASSERT_TRUE(prices) << prices.error().message;
  EXPECT_EQ(prices->at("laptop/b"), 0);
  for (const char* wrong : {"a", "=1", "a=", "a=cheap", "a=nan", "a=inf", "a=-1", "a=1e999"}) {
    const std::vector<std::string> one{wrong};
    const auto refused = parse_prices(one);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_TRUE(refused.error().usage);
    EXPECT_EQ(refused.error().message.rfind("--cost-per-hour: '", 0), 0U) << refused.error().message;
  }
}

TEST(TextTable, AlignsColumns) {
  EXPECT_EQ(text_table({{"name", false}, {"n", true}, {"", false}}, {{"a", "10", ""}, {"longer", "9", "x"}}),
            "name     n\n"
            "a       10\n"
            "longer   9  x\n");
}

}  // namespace
}  // namespace inferscale::terminal
