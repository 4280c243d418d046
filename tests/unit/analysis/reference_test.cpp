// Agreement with scipy and statsmodels to 1e-9 relative, on the values stored in tests/golden/analysis.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "analysis/comparison.hpp"
#include "analysis/crossover.hpp"
#include "analysis/distributions.hpp"
#include "analysis/interval.hpp"
#include "analysis/outlier.hpp"
#include "analysis/proportion.hpp"
#include "core/json.hpp"

namespace inferscale::analysis {
namespace {

constexpr double kTolerance = 1e-9;

void expect_close(double actual, const Json& expected, const std::string& what) {
  ASSERT_TRUE(expected.is_number()) << what;
  const double value = expected.get<double>();
  EXPECT_LE(std::abs(actual - value), kTolerance * std::abs(value) + 1e-300)
      << what << ": " << actual << " not " << value;
}

void expect_close(const std::optional<double>& actual, const Json& expected, const std::string& what) {
  ASSERT_EQ(actual.has_value(), !expected.is_null()) << what;
  if (actual) {
    expect_close(*actual, expected, what);
  }
}

std::vector<double> numbers(const Json& list) {
  return list.get<std::vector<double>>();
}

class Reference : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto file = std::filesystem::path(INFERSCALE_SOURCE_DIR) / "tests/golden/analysis/reference.json";
    auto json = read_json_file(file);
    ASSERT_TRUE(json) << json.error().message;
    reference = *json;
  }
  static void TearDownTestSuite() { reference = nullptr; }
  static Json reference;
};
Json Reference::reference;

TEST_F(Reference, Distributions) {
  const Json& cases = reference["distributions"];
  ASSERT_EQ(cases["t_quantile"].size(), 72U);
  for (const Json& one : cases["t_quantile"]) {
    expect_close(student_t_quantile(one["probability"], one["df"]), one["t"], "t quantile " + to_line(one));
  }
  for (const Json& one : cases["t_two_sided_p"]) {
    expect_close(student_t_two_sided_p(one["t"], one["df"]), one["p"], "t tail " + to_line(one));
  }
  for (const Json& one : cases["normal_quantile"]) {
    expect_close(normal_quantile(one["probability"]), one["z"], "normal quantile " + to_line(one));
  }
}

TEST_F(Reference, Estimates) {
  ASSERT_FALSE(reference["estimate"].empty());
  for (const Json& one : reference["estimate"]) {
    const Estimate result = estimate(numbers(one["values"]));
    expect_close(result.mean, one["mean"], "mean");
    expect_close(result.sd, one["sd"], "sd");
    ASSERT_TRUE(result.ci95);
    expect_close(result.ci95->low, one["low"], "low");
    expect_close(result.ci95->high, one["high"], "high");
  }
}

TEST_F(Reference, Welch) {
  ASSERT_FALSE(reference["welch"].empty());
  for (const Json& one : reference["welch"]) {
    const RatioTest test = compare_ratio(numbers(one["first"]), numbers(one["second"]));
    expect_close(test.ratio, one["ratio"], "ratio");
    expect_close(test.t, one["t"], "t");
    expect_close(test.df, one["df"], "df");
    expect_close(test.p, one["p"], "p");
    ASSERT_TRUE(test.ci95);
    expect_close(test.ci95->low, one["low"], "low");
    expect_close(test.ci95->high, one["high"], "high");
    expect_close(test.cohens_d, one["d"], "d");
    expect_close(test.hedges_g, one["g"], "g");
    EXPECT_EQ(test.winner != 0, one["p"].get<double>() < 0.05);
  }
}

TEST_F(Reference, RatiosOverCells) {
  ASSERT_EQ(reference["over_cells"].size(), 5U);
  for (const Json& one : reference["over_cells"]) {
    LogMean first;
    LogMean second;
    for (const Json& cell : one["cells"]) {
      const double weight = 1.0 / static_cast<double>(one["cells"].size());
      first.add(log_mean(numbers(cell["first"])), weight);
      second.add(log_mean(numbers(cell["second"])), weight);
    }
    const RatioTest test = compare_log_means(first, second);
    expect_close(test.ratio, one["ratio"], "ratio");
    expect_close(test.t, one["t"], "t");
    expect_close(test.df, one["df"], "df");
    expect_close(test.p, one["p"], "p");
    ASSERT_TRUE(test.ci95);
    expect_close(test.ci95->low, one["low"], "low");
    expect_close(test.ci95->high, one["high"], "high");
  }
}

TEST_F(Reference, Paired) {
  ASSERT_FALSE(reference["paired"].empty());
  for (const Json& one : reference["paired"]) {
    const PairedTest test = compare_paired(numbers(one["first"]), numbers(one["second"]));
    expect_close(test.ratio, one["ratio"], "ratio");
    expect_close(test.t, one["t"], "t");
    expect_close(test.df, one["df"], "df");
    expect_close(test.p, one["p"], "p");
    ASSERT_TRUE(test.ci95);
    expect_close(test.ci95->low, one["low"], "low");
    expect_close(test.ci95->high, one["high"], "high");
  }
}

TEST_F(Reference, Holm) {
  ASSERT_FALSE(reference["holm"].empty());
  for (const Json& one : reference["holm"]) {
    const auto adjusted = holm_adjust(numbers(one["p"]));
    ASSERT_EQ(adjusted.size(), one["adjusted"].size());
    for (std::size_t i = 0; i < adjusted.size(); ++i) {
      expect_close(adjusted[i], one["adjusted"][i], "Holm " + to_line(one));
    }
  }
}

TEST_F(Reference, Wilson) {
  ASSERT_FALSE(reference["wilson"].empty());
  for (const Json& one : reference["wilson"]) {
    const auto interval = wilson_interval(one["successes"], one["trials"]);
    ASSERT_TRUE(interval);
    expect_close(interval->low, one["low"], "low " + to_line(one));
    expect_close(interval->high, one["high"], "high " + to_line(one));
  }
}

TEST_F(Reference, Grubbs) {
  ASSERT_FALSE(reference["grubbs"].empty());
  for (const Json& one : reference["grubbs"]) {
    expect_close(grubbs_critical(one["n"], 0.01), one["critical"], "critical");
  }
}

TEST_F(Reference, Crossovers) {
  ASSERT_FALSE(reference["crossover"].empty());
  for (const Json& one : reference["crossover"]) {
    const auto fit = fit_crossover(numbers(one["parameters"]), numbers(one["ratios"]));
    ASSERT_TRUE(fit);
    expect_close(fit->k, one["k"], "k");
    expect_close(fit->a0, one["a0"], "a0");
    expect_close(fit->r_squared, one["r_squared"], "r_squared");
    expect_close(fit->slope_p, one["slope_p"], "slope_p");
    if (const Json& at = one["crossover"]; at.is_number() && (at < 1 || at > 1e18)) {  // at no size
      EXPECT_FALSE(fit->crossover);
      EXPECT_TRUE(fit->extrapolated);
    } else {
      expect_close(fit->crossover, at, "crossover");
    }
    EXPECT_EQ(to_string(fit->fieller), one["fieller"].get<std::string>());
    if (fit->fieller == FiellerKind::slope_not_significant) {
      ASSERT_TRUE(fit->excluded);
      expect_close(fit->excluded->low, one["low"], "excluded low");
      expect_close(fit->excluded->high, one["high"], "excluded high");
    } else {
      expect_close(fit->ci95_low, one["low"], "low");
      expect_close(fit->ci95_high, one["high"], "high");
    }
    ASSERT_EQ(fit->curvature.has_value(), one.contains("curvature"));
    if (fit->curvature) {
      expect_close(fit->curvature->quadratic, one["curvature"]["quadratic"], "quadratic");
      expect_close(fit->curvature->t, one["curvature"]["t"], "curvature t");
      expect_close(fit->curvature->p, one["curvature"]["p"], "curvature p");
      ASSERT_TRUE(fit->leave_one_out);
      // The reference has bounds that are no sizes, too: from 7.9e-49 to 1.8e70 parameters.
      if (const double low = one["leave_one_out"][0]; low < 1) {
        EXPECT_EQ(fit->leave_one_out->low, -std::numeric_limits<double>::infinity());
      } else {
        expect_close(fit->leave_one_out->low, low, "leave one out");
      }
      if (const double high = one["leave_one_out"][1]; high > 1e18) {
        EXPECT_EQ(fit->leave_one_out->high, std::numeric_limits<double>::infinity());
      } else {
        expect_close(fit->leave_one_out->high, high, "leave one out");
      }
    }
  }
}

}  // namespace
}  // namespace inferscale::analysis
