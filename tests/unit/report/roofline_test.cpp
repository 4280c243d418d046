#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/pictures.hpp"
#include "report/sections.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {

using namespace analysis;
using namespace protocol;

namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const std::int64_t kParameters = 5'035'008;

/// gpt2-5m on a machine of `gflop_s` and `gb_s`: "short" is limited by memory, "long" by compute.
Source source_of(double gflop_s, double gb_s) {
  Source source;
  std::vector<record::Row> rows;
  for (const Scenario& scenario : {Scenario{"short", 1, 1}, Scenario{"long", 8, 64}}) {
    rows.push_back(test::make_row("gpt2-5m", kParameters, "onnxruntime-cpu", scenario, 0,
                                  scenario.batch * scenario.prompt_tokens * 100.0));
    record::Row quantised = rows.back();
    quantised.backend = "onnxruntime-cpu-int8";
    quantised.precision = "int8";
    rows.push_back(quantised);
  }
  source.analysis = test::analyze_rows(rows);
  source.plan = record::Plan{};
  source.environment = Json{{"roofline",
                             {{{"device", "cpu"},
                               {"copy_gb_s", gb_s},
                               {"matmul_gflop_s", {{"fp32", gflop_s}, {"fp16", 2 * gflop_s}}}}}}};
  return source;
}

std::string section_of(const Source& source) {
  return to_markdown({"T", roofline_section(source, {})});
}

TEST(RooflineSection, AShareOfWhatIsNoLimitIsNotPrinted) {
  // 10 ms a pass: 2 GB/s of weights in one, and 507 GFLOP/s in the other.
  const std::string text = section_of(source_of(50, 1.5));
  EXPECT_THAT(text, Not(HasSubstr("00.0%")));
  EXPECT_THAT(text, ContainsRegex("no limit +\\| +no limit"));
  EXPECT_THAT(text,
              HasSubstr("2 of 2 cells are faster than the limit that was measured, so it is no limit there, "
                        "and no share is given: in 1 cell the probe's matrix products were slower than the "
                        "runtime's own and in 1 cell the weights came from a cache, and the probe reads main "
                        "memory."));
}

TEST(RooflineSection, WithinTheRoofsThereIsNothingToExplain) {
  const std::string text = section_of(source_of(10'000, 1000));
  EXPECT_THAT(text, Not(HasSubstr("no limit")));
  EXPECT_THAT(text, HasSubstr("memory or compute, by scenario"));
  EXPECT_THAT(text, HasSubstr("Memory is the limit below so many operations a byte: on cpu 10.00 in fp32 and "
                              "20.00 in fp16."));
  EXPECT_THAT(text, HasSubstr("Most GB/s"));
  EXPECT_THAT(text, HasSubstr("no rate for onnxruntime-cpu-int8 (int8 on cpu), so there is no share."));
}

std::string picture_of(const Source& source) {
  const auto shares = roofline_shares(source.plan, source.environment, source.analysis);
  const auto roofs = roofs_of(source.environment);
  return roofline_plot(source.analysis, Mode::prefill, roofs.at(0), shares,
                       colours_of(source.analysis.backends, {}), "");
}

TEST(RooflinePlot, HasASlopeAndACeilingForEachPrecision) {
  const std::string svg = picture_of(source_of(10'000, 1000));
  EXPECT_THAT(svg, HasSubstr(">1 TB/s</text>"));
  EXPECT_THAT(svg, HasSubstr(">fp32 10 TFLOP/s</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("fp16"))) << "no backend computes in it";
  EXPECT_THAT(svg, HasSubstr("class=\"dot\"><title>onnxruntime-cpu, gpt2-5m: "));
  EXPECT_THAT(svg, HasSubstr("% of the limit</title>"));
}

TEST(RooflinePlot, WhatPassesTheRoofIsHollowAndHasNoShare) {
  const std::string svg = picture_of(source_of(100, 1));
  EXPECT_THAT(svg, HasSubstr("class=\"ring\""));
  EXPECT_THAT(svg, HasSubstr("faster than the measured limit</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("% of the limit")));
}

}  // namespace
}  // namespace inferscale::report
