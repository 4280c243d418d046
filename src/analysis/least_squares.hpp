#pragma once

#include <optional>
#include <span>

namespace inferscale::analysis {

/// y = intercept + slope x by ordinary least squares. The line is kept about the mean of x, where slope and
/// height are independent; Fieller's interval needs that form. Draper & Smith, Applied Regression Analysis,
/// 3rd ed., ch. 1.
struct Line {
  int n = 0;
  double slope = 0;
  double intercept = 0;
  double x_mean = 0, y_mean = 0;
  double sxx = 0;                ///< sum of (x - x_mean)^2
  double residual_variance = 0;  ///< residual sum of squares / (n - 2); 0 for n = 2
  double r_squared = 0;          ///< 1 when y is constant and fitted exactly
};

/// Needs 2 points with different x; nullopt otherwise.
std::optional<Line> fit_line(std::span<const double> x, std::span<const double> y);

/// Whether a straight line is enough: y = a + b x + c x^2, and Student's t on c with n - 3 degrees of
/// freedom.
struct CurvatureTest {
  double quadratic = 0;  ///< c, for x in natural logs
  double t = 0;          ///< infinite when the parabola fits exactly and c is not 0
  double df = 0;
  double p = 1;
};

/// Needs 4 points with 3 different x; nullopt otherwise.
std::optional<CurvatureTest> test_curvature(std::span<const double> x, std::span<const double> y);

}  // namespace inferscale::analysis
