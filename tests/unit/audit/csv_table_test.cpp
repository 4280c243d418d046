#include "audit/csv_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::audit {
namespace {

using ::testing::HasSubstr;

TEST(CsvTable, ReadsQuotesCommentsAndEmptyCells) {
  const auto table =
      CsvTable::parse("# a table\nmodel,note,x\r\n\"a,b\",\"say \"\"so\"\"\",1.5\n\nc,,\n", "t.csv");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows().size(), 2U);
  const auto& first = table->rows()[0];
  EXPECT_EQ(table->text(first, "model"), "a,b");
  EXPECT_EQ(table->text(first, "note"), "say \"so\"");
  EXPECT_EQ(table->number(first, "x")->value, 1.5);
  EXPECT_EQ(table->rows()[1].line, 5);
  EXPECT_FALSE(table->number(table->rows()[1], "x"));
  EXPECT_EQ(table->text(first, "none"), "");
  EXPECT_TRUE(table->check_numbers("x"));
}

TEST(CsvTable, ErrorsNameTheLine) {
  const auto message = [](std::string_view text) {
    const auto table = CsvTable::parse(text, "t.csv");
    return table ? std::string() : table.error().message;
  };
  EXPECT_THAT(message(""), HasSubstr("t.csv: is empty"));
  EXPECT_THAT(message("a,b\n1\n"), HasSubstr("t.csv: line 2: 1 cells under 2 columns"));
  EXPECT_THAT(message("a,a\n"), HasSubstr("column 'a' appears twice"));
  EXPECT_THAT(message("a,b\n\"1,2\n"), HasSubstr("line 2: a quote is opened and not closed"));
}

TEST(CsvTable, WordsInANumericColumnAreAnError) {
  const auto table = CsvTable::parse("x\n1\nNaN\nN/A\nfast\n", "t.csv");
  ASSERT_TRUE(table);
  const auto checked = table->check_numbers("x");
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("t.csv: line 5: column 'x' must be a number, not 'fast'"));
}

}  // namespace
}  // namespace inferscale::audit
