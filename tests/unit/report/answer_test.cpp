#include "report/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sections.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {
namespace {

using test::analyze_rows;
using test::make_row;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const protocol::Scenario kScenario{"single_micro", 1, 8};
const std::vector<std::pair<std::string, std::int64_t>> kSizes = {
    {"s1", 1'000'000}, {"s2", 4'000'000}, {"s3", 16'000'000}, {"s4", 64'000'000}};

/// Backend "alpha" at 1,000 tok/s; "beta" at `ratios[i]` times that on the i-th size.
std::vector<record::Row> two_backends(const std::vector<double>& ratios, int repetitions,
                                      double spread = 0.01) {
  std::vector<record::Row> rows;
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    for (int r = 0; r < repetitions; ++r) {
      const double noise = 1 + spread * (r - 1);
      rows.push_back(make_row(kSizes[i].first, kSizes[i].second, "alpha", kScenario, r, 1000 * noise));
      rows.push_back(make_row(kSizes[i].first, kSizes[i].second, "beta", kScenario, r,
                              1000 * ratios[i] * (1 + spread * (1 - r))));
    }
  }
  return rows;
}

std::string sentence(const std::vector<record::Row>& rows) {
  const analysis::Analysis analysis = analyze_rows(rows);
  return answer_sentence(analysis, analysis.decisions.at(0));
}

TEST(AnswerSentence, NamesWhereTheAnswerChangesWithItsInterval) {
  const std::string text = sentence(two_backends({2.0, 1.4, 0.8, 0.5}, 3));
  EXPECT_THAT(text, HasSubstr("beta is fastest up to 4.00 M parameters, alpha is fastest from 16.0 M"));
  EXPECT_THAT(text, HasSubstr("measured"));
  EXPECT_THAT(text, HasSubstr("the answer changes between them (least squares "));
  EXPECT_THAT(text, HasSubstr("95% interval "));
}

TEST(AnswerSentence, OneBackendWinsEverywhere) {
  const std::string text = sentence(two_backends({2.0, 1.8, 1.6, 1.5}, 3));
  EXPECT_THAT(text, HasSubstr("beta is fastest at every measured size, 1.00 M to 64.0 M parameters"));
  EXPECT_THAT(text, HasSubstr("1.50 times as fast as alpha (95% interval "));
  EXPECT_THAT(text, Not(HasSubstr("changes")));
}

TEST(AnswerSentence, ATieIsCalledATie) {
  const std::string text = sentence(two_backends({1.0, 1.001, 0.999, 1.0}, 3, 0.05));
  EXPECT_THAT(text, HasSubstr(" tie at every measured size"));
  EXPECT_THAT(text, Not(HasSubstr("fastest")));
}

TEST(AnswerSentence, ATieBetweenTwoWinners) {
  const std::string text = sentence(two_backends({2.0, 1.001, 0.5, 0.3}, 3, 0.02));
  EXPECT_THAT(text, HasSubstr("beta is fastest up to 1.00 M parameters"));
  EXPECT_THAT(text, HasSubstr(" tie at 4.00 M"));
  EXPECT_THAT(text, HasSubstr("alpha is fastest from 16.0 M"));
  EXPECT_THAT(text, HasSubstr("the answer changes between 1.00 M and 16.0 M"));
}

TEST(AnswerSentence, WithoutAChangeEachStretchSaysHowSureItIs) {
  const std::string text = sentence(two_backends({1.5, 1.001, 0.999, 1.0}, 3, 0.02));
  EXPECT_THAT(text, HasSubstr("beta is fastest up to 1.00 M parameters (1.50 times alpha, 95% interval 1.4"));
  EXPECT_THAT(text, ContainsRegex(R"( tie from 4\.00 M \(to within [1-9](\.[0-9])?%\))"));
  EXPECT_THAT(text, HasSubstr("; all measured."));
  EXPECT_THAT(text, Not(HasSubstr("changes")));
}

TEST(AnswerSentence, AWideTieIsSaidAsAFactor) {
  const std::string text = sentence(two_backends({9.0, 1.001, 0.999, 1.0}, 3, 0.2));
  EXPECT_THAT(text, ContainsRegex(R"( tie from 4\.00 M \(to within a factor of [1-9]\.[0-9]+\))"));
}

TEST(AnswerSection, SaysWhenTheMachineWasBusy) {
  Source source;
  source.analysis = analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3, 0.4));
  EXPECT_THAT(to_html(make_document(source, {})), HasSubstr("This machine was busy"));
  source.analysis = analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3, 0.01));
  EXPECT_THAT(to_html(make_document(source, {})), Not(HasSubstr("This machine was busy")));
}

TEST(CrossoverSection, OnePairIsNamedInTheCaptionOnly) {
  Source source;
  source.analysis = analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3));
  const std::string html = to_html(make_document(source, {}));
  EXPECT_THAT(html, HasSubstr("prefill: crossovers of alpha / beta on each scenario"));
}

TEST(AnswerSentence, OnlyOneBackendIsOk) {
  auto rows = two_backends({2.0, 1.5}, 3);
  for (record::Row& row : rows) {
    if (row.backend == "beta") {
      row = test::make_failed(row, Outcome::crash, "signal 11");
    }
  }
  const std::string text = sentence(rows);
  EXPECT_THAT(text, HasSubstr("alpha is the only backend with every scenario ok at every measured size"));
}

TEST(AnswerSentence, NothingIsOk) {
  auto rows = two_backends({2.0}, 3);
  for (record::Row& row : rows) {
    row = test::make_failed(row, Outcome::timeout, "too slow");
  }
  EXPECT_THAT(sentence(rows), HasSubstr("there is no answer"));
}

TEST(AnswerSentence, OneRepetitionDecidesNothing) {
  const std::string text = sentence(two_backends({2.0, 0.5}, 1));
  EXPECT_THAT(text, HasSubstr("beta has the highest mean up to 1.00 M parameters"));
  EXPECT_THAT(text, HasSubstr("fewer than 2 ok repetitions"));
  EXPECT_THAT(text, Not(HasSubstr("fastest")));
  EXPECT_THAT(text, Not(HasSubstr("tie")));
}

TEST(Document, EverySectionIsInBothFiles) {
  Source source;
  source.analysis = analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3));
  const Document document = make_document(source, {});
  const std::string markdown = to_markdown(document);
  const std::string html = to_html(document);
  for (const char* title : {"Decision by size", "Crossovers", "Overall means", "Cells", "Outcomes", "Scaling",
                            "Machine and method", "What is left out, and why", "Artifacts"}) {
    EXPECT_THAT(markdown, HasSubstr("## " + std::string(title) + "\n"));
    EXPECT_THAT(html, HasSubstr("<h2>" + std::string(title) + "</h2>"));
  }
}

TEST(Document, SaysWhatAProcessMeasured) {
  Source source;
  source.analysis = analyze_rows(two_backends({2.0}, 3));
  source.plan = record::Plan{};
  EXPECT_THAT(to_markdown(make_document(source, {})),
              HasSubstr("5 repetitions a cell, each in a fresh process"));
  source.plan->share_workers = true;
  const std::string shared = to_markdown(make_document(source, {}));
  EXPECT_THAT(shared,
              HasSubstr("each in another process, which measures every cell of its model and backend once"));
  EXPECT_THAT(shared, Not(HasSubstr("fresh process")));
}

TEST(Document, AnEmptyStudyMakesAReport) {
  const std::string html = to_html(make_document(Source{}, {}));
  EXPECT_THAT(html, HasSubstr("There are no rows in this results folder yet"));
}

}  // namespace
}  // namespace inferscale::report
