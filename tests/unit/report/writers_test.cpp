#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/document.hpp"

namespace inferscale::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Document one_table(const Text& cell) {
  return {"T", {Table{"Caption", {{"Name", false}, {"Latency, ms", true}}, {{Text("row"), cell}}}}};
}

TEST(Markdown, EscapesWhatItWouldRead) {
  EXPECT_EQ(escape_markdown("a|b"), "a\\|b");
  EXPECT_EQ(escape_markdown("*x* [y] <z> `q`"), "\\*x\\* \\[y\\] \\<z\\> \\`q\\`");
  EXPECT_EQ(escape_markdown("single_micro _x_"), "single_micro \\_x\\_");
  EXPECT_EQ(escape_markdown("# no heading"), "\\# no heading");
  EXPECT_EQ(escape_markdown("two\nlines"), "two lines");
}

TEST(Markdown, APipeInACodeSpanEndsNoCell) {
  const std::string text = to_markdown(one_table(Text().code("a | b ``` c")));
  EXPECT_THAT(text, HasSubstr("```` a \\| b ``` c ````"));
}

TEST(Markdown, TablesAlignNumbersToTheRight) {
  EXPECT_THAT(to_markdown(one_table("1,234")), HasSubstr("| Name | Latency, ms |\n| ---- | ----------: |\n"
                                                         "| row  |       1,234 |\n"));
}

TEST(Html, EscapesEverythingThatAUserGives) {
  const std::string nasty = "<script>alert('1' & \"2\")</script>";
  const std::string html = to_html({nasty,
                                    {Paragraph{Text(nasty).strong(nasty).code(nasty)},
                                     details(nasty, {Paragraph{nasty}}), Heading{2, nasty}}});
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;"));
}

TEST(Html, TablesNameTheirHeaders) {
  const std::string html = to_html(one_table("1,234"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\" class=\"number\">Latency, ms</th>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\" class=\"short\">row</th><td class=\"number\">1,234</td>"));
}

TEST(Html, IsOnePageThatLoadsNothing) {
  const std::string html = to_html(one_table("1"));
  EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("name=\"viewport\""));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  for (const char* loads : {"<script", "<link", "src=", "url(", "@import"}) {
    EXPECT_THAT(html, Not(HasSubstr(loads)));
  }
}

}  // namespace
}  // namespace inferscale::report
