#include "cli/quantities.hpp"

#include <gtest/gtest.h>

#include "cli/text_table.hpp"

namespace inferscale {
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

TEST(TextTable, AlignsColumns) {
  EXPECT_EQ(text_table({{"name", false}, {"n", true}, {"", false}}, {{"a", "10", ""}, {"longer", "9", "x"}}),
            "name     n\n"
            "a       10\n"
            "longer   9  x\n");
}

}  // namespace
}  // namespace inferscale
