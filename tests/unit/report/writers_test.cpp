#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sha256.hpp"
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

TEST(Markdown, FoldsWhatThePageFolds) {
  EXPECT_THAT(
      to_markdown({"T", {details("a <b>", {Paragraph{"inside"}}), Paragraph{"after"}}}),
      HasSubstr("<details markdown=\"1\">\n<summary>a &lt;b&gt;</summary>\n\ninside\n\n</details>\n\nafter"));
}

TEST(Html, EscapesEverythingThatAUserGives) {
  const std::string nasty = "<script>alert('1' & \"2\")</script>";
  const std::string html = to_html({nasty,
                                    {Paragraph{Text(nasty).strong(nasty).code(nasty)},
                                     details(nasty, {Paragraph{nasty}}), Heading{2, nasty}}});
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;"));
}

TEST(Html, TablesNameTheirHeaders) {
  const std::string html = to_html(one_table("1,234"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\" class=\"number\">Latency, ms</th>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\" class=\"short\">row</th><td class=\"number\">1,234</td>"));
}

TEST(Html, ItsPolicyNamesItsOneScript) {
  const std::string html = to_html({"T", {Paragraph{"<script>alert(1)</script>"}}});
  const auto begin = html.find("<script>") + 8;
  const std::string script = html.substr(begin, html.find("</script>") - begin);
  EXPECT_THAT(html, HasSubstr("script-src 'sha256-" + sha256_base64(script) + "'"));
  EXPECT_EQ(html.find("<script", begin), std::string::npos);
}

TEST(Html, ControlsOfAllMachinesStandOnceAndHiddenUntilTheScriptRuns) {
  const Controls first{{{"a", "c-a"}, {"b", "c-b"}}, {"short"}};
  const Controls second{{{"b", "c-b"}, {"<c>", "c--c-"}}, {"short", "long"}};
  const std::string html = to_html({"T", {Paragraph{"before"}, first, Paragraph{"between"}, second}});
  EXPECT_THAT(html, HasSubstr("before</p>\n<div class=\"tools\" role=\"group\""));
  EXPECT_THAT(html, HasSubstr(" hidden>"));
  const auto count = [&](const std::string& what) {
    int times = 0;
    for (auto at = html.find(what); at != std::string::npos; at = html.find(what, at + 1)) {
      ++times;
    }
    return times;
  };
  EXPECT_EQ(count("<div class=\"tools\""), 1);
  EXPECT_EQ(count("data-series=\"c-"), 3);
  EXPECT_THAT(html, HasSubstr("aria-pressed=\"true\">&lt;c&gt;</button>"));
  EXPECT_EQ(count("<option"), 3);  // all, short, long
  EXPECT_THAT(to_markdown({"T", {first}}), Not(HasSubstr("tools")));
}

TEST(Html, ColumnsSayTheirWorkload) {
  const std::string html = to_html({"T", {Table{"", {{"Backend"}, {"x (1 x 8)", true, "x\"y"}}, {}}}});
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\" class=\"number\" data-workload=\"x&quot;y\">"));
}

TEST(Html, FoldsAreHeadingsOneLevelBelowTheirSection) {
  const std::string html = to_html({"T",
                                    {Heading{2, "A"}, details("b & c", {details("inner", {})}),
                                     Heading{3, "D"}, details("e", {}), Heading{2, "F"}, details("g", {})}});
  EXPECT_THAT(html, HasSubstr("<summary><h3>b &amp; c</h3></summary>"));
  EXPECT_THAT(html, HasSubstr("<summary><h4>inner</h4></summary>"));
  EXPECT_THAT(html, HasSubstr("<summary><h4>e</h4></summary>"));
  EXPECT_THAT(html, HasSubstr("<summary><h3>g</h3></summary>"));
}

TEST(Html, LinksPassTheContentsAndLeadBack) {
  const std::string html = to_html({"T", {Heading{2, "A"}}});
  EXPECT_THAT(html, HasSubstr("<body id=\"top\">\n<a class=\"skip\" href=\"#report\">"));
  EXPECT_LT(html.find("</nav>"), html.find("<div id=\"report\">"));
  EXPECT_GT(html.find("<a href=\"#top\">"), html.find("</section>"));
}

/// Without scripts all of them: a keyboard must reach what is beyond an edge.
TEST(Html, FramesOfTablesTakeTheFocus) {
  EXPECT_THAT(to_html(one_table("1")), HasSubstr("aria-labelledby=\"table-1\" tabindex=\"0\">"));
}

TEST(Html, IsOnePageThatLoadsNothing) {
  const std::string html = to_html(one_table("1"));
  EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("name=\"viewport\""));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  for (const char* loads : {"<script ", "<link", "src=", "url(", "@import"}) {
    EXPECT_THAT(html, Not(HasSubstr(loads)));
  }
}

}  // namespace
}  // namespace inferscale::report
