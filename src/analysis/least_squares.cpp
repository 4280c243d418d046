#include "analysis/least_squares.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "analysis/distributions.hpp"
#include "analysis/interval.hpp"

namespace inferscale::analysis {
namespace {

/// Sums of squares that are rounding noise beside the data count as 0, so that exact fits stay exact.
bool negligible(double squares, double scale) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  return squares <= scale * kEpsilon * kEpsilon * 1024;
}

}  // namespace

std::optional<Line> fit_line(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size() || x.size() < 2) {
    return std::nullopt;
  }
  Line line;
  line.n = static_cast<int>(x.size());
  line.x_mean = arithmetic_mean(x);
  line.y_mean = arithmetic_mean(y);
  double sxy = 0;
  double syy = 0;
  double raw_xx = 0;
  double raw_yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - line.x_mean;
    const double dy = y[i] - line.y_mean;
    line.sxx += dx * dx;
    sxy += dx * dy;
    syy += dy * dy;
    raw_xx += x[i] * x[i];
    raw_yy += y[i] * y[i];
  }
  if (!std::isfinite(line.sxx) || !std::isfinite(syy) || negligible(line.sxx, raw_xx)) {
    return std::nullopt;
  }
  line.slope = sxy / line.sxx;
  line.intercept = line.y_mean - line.slope * line.x_mean;
  double residual_squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double residual = y[i] - line.y_mean - line.slope * (x[i] - line.x_mean);
    residual_squares += residual * residual;
  }
  if (negligible(residual_squares, raw_yy)) {
    residual_squares = 0;
  }
  line.r_squared = syy > 0 ? 1 - residual_squares / syy : 1;
  line.residual_variance = line.n > 2 ? residual_squares / (line.n - 2) : 0;
  return line;
}

std::optional<CurvatureTest> test_curvature(std::span<const double> x, std::span<const double> y) {
  const auto line = fit_line(x, y);
  if (!line || line->n < 4) {
    return std::nullopt;
  }
  // Frisch-Waugh: c is the slope of y on the part of x^2 that a straight line in x does not explain.
  std::vector<double> square(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    square[i] = (x[i] - line->x_mean) * (x[i] - line->x_mean);
  }
  const auto square_line = fit_line(x, square);
  double szz = 0;
  double szy = 0;
  double raw = 0;
  std::vector<double> z(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    z[i] = square[i] - square_line->y_mean - square_line->slope * (x[i] - line->x_mean);
    szz += z[i] * z[i];
    szy += z[i] * (y[i] - line->y_mean);
    raw += square[i] * square[i];
  }
  if (negligible(szz, raw)) {
    return std::nullopt;
  }
  CurvatureTest test;
  test.quadratic = szy / szz;
  test.df = line->n - 3;
  double residual_squares = 0;
  double raw_yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double residual = y[i] - line->y_mean - line->slope * (x[i] - line->x_mean) - test.quadratic * z[i];
    residual_squares += residual * residual;
    raw_yy += y[i] * y[i];
  }
  if (negligible(residual_squares, raw_yy)) {
    const bool straight = negligible(test.quadratic * test.quadratic * szz, raw_yy);
    test.quadratic = straight ? 0 : test.quadratic;
    test.t = straight ? 0 : std::copysign(std::numeric_limits<double>::infinity(), test.quadratic);
    test.p = straight ? 1 : 0;
    return test;
  }
  test.t = test.quadratic / std::sqrt(residual_squares / test.df / szz);
  test.p = student_t_two_sided_p(test.t, test.df);
  return test;
}

}  // namespace inferscale::analysis
