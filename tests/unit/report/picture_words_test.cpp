#include "report/picture_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "report/draw.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {

using namespace analysis;
using namespace protocol;

namespace {

using ::testing::HasSubstr;

const Scenario kShort{"short", 1, 8}, kLong{"long", 1, 32}, kBatch{"batch", 4, 8};

struct Speed {
  std::string backend;
  Scenario scenario;
  double tok_s;
};

/// Of a model of 1 M parameters, and of one of 4 M at a quarter of the speeds.
Analysis analysis_of(const std::vector<Speed>& speeds) {
  std::vector<record::Row> rows;
  for (const auto& [model, parameters, part] :
       {std::tuple{"small", 1'000'000, 1.0}, std::tuple{"large", 4'000'000, 0.25}}) {
    for (const Speed& one : speeds) {
      for (int r = 0; r < 3; ++r) {
        rows.push_back(test::make_row(model, parameters, one.backend, one.scenario, r, one.tok_s * part));
      }
    }
  }
  return test::analyze_rows(rows);
}

TEST(PictureWords, LatencyNamesTheLowestAndHowFarTheHighestLies) {
  EXPECT_EQ(
      latency_words(
          analysis_of(
              {{"alpha", kShort, 1000}, {"beta", kShort, 500}, {"alpha", kLong, 1000}, {"beta", kLong, 250}}),
          Mode::prefill, "small"),
      "alpha has the lowest on every workload; beta has the highest on every workload, 2.0 to 4.0 "
      "times the lowest.");
  EXPECT_EQ(latency_words(analysis_of({{"alpha", kShort, 1000},
                                       {"beta", kShort, 950},
                                       {"alpha", kLong, 1000},
                                       {"beta", kLong, 4000},
                                       {"alpha", kBatch, 1000},
                                       {"beta", kBatch, 980}}),
                          Mode::prefill, "small"),
            "alpha has the lowest on 2 of 3 workloads and beta on 1 of 3 workloads; beta has the highest on "
            "2 of 3 workloads, up to 5% above the lowest.");
  const Analysis alone = analysis_of({{"alpha", kShort, 1000}});
  EXPECT_EQ(latency_words(alone, Mode::prefill, "small"), "alpha has the lowest on the workload.");
  EXPECT_EQ(latency_words(alone, Mode::decode, "small"), "");
}

TEST(PictureWords, TradeoffSaysWhatABatchGivesAndTakes) {
  const Analysis analysis = analysis_of({{"alpha", kShort, 1000},
                                         {"alpha", kBatch, 2000},
                                         {"beta", kShort, 500},
                                         {"beta", kBatch, 1800},
                                         {"one batch", kShort, 9000}});
  EXPECT_EQ(tradeoff_words(analysis, Mode::prefill, {"large", 8}),
            "From batch 1 to 4 beta gains most, 3.60 times the throughput at 1.11 times the latency, and "
            "alpha least, 2.00 times at 2.00 times; alpha reaches the highest, 500.0 tok/s.");
  EXPECT_EQ(tradeoff_words(analysis, Mode::prefill, {"large", 32}), "");
}

TEST(PictureWords, PrecisionHasTheRatiosOfBothEnds) {
  PrecisionComparison one;
  one.backend = "r-int8";
  std::vector<PrecisionComparison> comparisons;
  for (const auto& [model, ratio] : {std::pair{"small", 0.5}, std::pair{"large", 2.0}}) {
    one.model = model;
    one.speedup = RatioTest{};
    one.speedup->ratio = ratio;
    comparisons.push_back(one);
  }
  comparisons.push_back(one);
  comparisons.back().backend = "r-fp16";
  comparisons.back().speedup->ratio = 3;
  const Analysis analysis = analysis_of({{"r-fp16", kShort, 1000}, {"r-int8", kShort, 1000}});
  EXPECT_EQ(precision_words(analysis, Mode::prefill, comparisons),
            "At 4.00 M parameters: r-fp16 3.00 times and r-int8 2.00 times; at 1.00 M: r-int8 0.500 times.");
  EXPECT_EQ(precision_words(analysis, Mode::decode, comparisons), "");
}

TEST(PictureWords, RooflineNamesTheNearestAndTheFarthest) {
  const Analysis analysis =
      analysis_of({{"alpha", kShort, 1000}, {"beta", kShort, 1000}, {"gamma", kShort, 1000}});
  const auto share = [](const char* backend, double limit_ms) {
    RooflineShare one;
    one.model = "large";
    one.backend = backend;
    one.latency_ms = 10;
    one.limit_ms = limit_ms;
    return one;
  };
  std::vector<RooflineShare> shares{share("alpha", 1), share("beta", 4.25), share("gamma", 20)};
  shares.back().limit_holds = false;
  EXPECT_EQ(roofline_words(analysis, Mode::prefill, "cpu", shares),
            "On large beta comes nearest to the limit, 42.5% of it; alpha stays farthest, 10.0%; for 1 of 3 "
            "backends no limit that was measured holds.");
  EXPECT_EQ(roofline_words(analysis, Mode::prefill, "cpu", {shares.back()}),
            "On large no limit that was measured holds.");
  EXPECT_EQ(roofline_words(analysis, Mode::prefill, "cuda", shares), "");
}

/// The picture, the page and the Markdown say it alike.
TEST(PictureWords, AreTheAlternativeTextOfThePicture) {
  Source source;
  source.analysis = analysis_of({{"alpha", kShort, 1000}, {"beta", kShort, 500}, {"alpha", kBatch, 3000}});
  const auto folder = std::filesystem::path(testing::TempDir()) / "picture_words";
  const auto figures = draw_pictures(source, {folder, ""});
  ASSERT_TRUE(figures) << figures.error().message;
  const ModeFigures& mode = figures->modes.at(0);
  for (const auto* some : {&mode.latency, &mode.tradeoff, &mode.throughput}) {
    ASSERT_FALSE(some->empty());
    EXPECT_THAT(some->front().svg, HasSubstr("<title>" + some->front().alt + "</title>"));
    EXPECT_THAT(some->front().alt, HasSubstr("alpha"));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace inferscale::report
