#include "artifact/histogram_limit.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"

// Limits against those of an independent program: tests/golden/calibration/make_reference.py.

namespace inferscale::artifact {
namespace {

Json reference() {
  const auto json = read_json_file(INFERSCALE_SOURCE_DIR "/tests/golden/calibration/reference.json");
  EXPECT_TRUE(json) << json.error().message;
  return json ? (*json)["cases"] : Json::array();
}

MagnitudeHistogram histogram_of(const Json& one) {
  const auto counts = one["counts"].get<std::vector<std::int64_t>>();
  return {counts, one["largest"].get<double>() / static_cast<double>(counts.size())};
}

TEST(HistogramLimit, OfEntropyIsScipys) {
  for (const auto& one : reference()) {
    const auto histogram = histogram_of(one);
    EXPECT_NEAR(entropy_limit(histogram), one["entropy"].get<double>(), histogram.bin_width * 0.01)
        << one["name"];
  }
}

TEST(HistogramLimit, OfPercentilesIsNumpysAndWithinABinOfOnnxRuntimes) {
  for (const auto& one : reference()) {
    const auto histogram = histogram_of(one);
    for (const auto& wanted : one["percentiles"]) {
      const double limit = percentile_limit(histogram, wanted["percentile"].get<double>());
      EXPECT_NEAR(limit, wanted["limit"].get<double>(), histogram.bin_width * 0.01) << one["name"] << wanted;
      // Theirs is the nearest value below; in sparse histograms that is many bins away.
      if (one["name"] != "few" && wanted["percentile"] != 100) {
        EXPECT_NEAR(limit, wanted["onnxruntime"].get<double>(), histogram.bin_width * 2)
            << one["name"] << wanted;
      }
    }
  }
}

TEST(HistogramLimit, OfValuesInOneBinIsThatBinsEnd) {
  MagnitudeHistogram histogram{std::vector<std::int64_t>(2048, 0), 0.5};
  histogram.counts[0] = 10;
  EXPECT_EQ(percentile_limit(histogram, 99.99), 0.5);
  EXPECT_EQ(entropy_limit(histogram), 64);  // 128 bins: the fewest that are tried
  histogram.counts.assign(2048, 0);
  EXPECT_EQ(percentile_limit(histogram, 99.99), 0.5);
}

TEST(HistogramLimit, NamesOfMethodsAreReadBack) {
  for (const auto method :
       {CalibrationMethod::max, CalibrationMethod::entropy, CalibrationMethod::percentile}) {
    EXPECT_EQ(parse_calibration_method(to_string(method)), method);
  }
  EXPECT_FALSE(parse_calibration_method("Max"));
}

}  // namespace
}  // namespace inferscale::artifact
