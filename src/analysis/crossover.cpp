#include "analysis/crossover.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/distributions.hpp"
#include "analysis/interval.hpp"

namespace inferscale::analysis {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kLargestSize = 1e18;  // parameters; beyond it, as below 1, a bound says nothing
constexpr double kNoBound = std::numeric_limits<double>::infinity();  // written as null, and empty in a CSV

bool usable(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v) && v > 0; });
}

/// The line is 0 at x0, so the estimated crossing. Absent when the slope is 0 or the size is not a number.
std::optional<double> crossing_of(const Line& line) {
  if (line.slope == 0) {
    return std::nullopt;
  }
  const double crossing = std::exp(line.x_mean - line.y_mean / line.slope);
  return std::isfinite(crossing) && crossing > 0 ? std::optional(crossing) : std::nullopt;
}

void set_bounds(CrossoverFit& fit, double low, double high) {
  const bool has_low = low > 0;  // log of 1 parameter
  const bool has_high = high < std::log(kLargestSize);
  fit.fieller = has_low ? (has_high ? FiellerKind::bounded : FiellerKind::lower_bounded)
                        : (has_high ? FiellerKind::upper_bounded : FiellerKind::unbounded);
  if (has_low) {
    fit.ci95_low = std::exp(low);
  }
  if (has_high) {
    fit.ci95_high = std::exp(high);
  }
}

/// Fieller: the sizes x0 = x_mean + d where the line's height, y_mean + k d, is within t standard errors of
/// 0:
///   (y_mean + k d)^2 <= t^2 s^2 (1/n + d^2/Sxx)   <=>   a d^2 + 2 b d + c <= 0.
void add_fieller(CrossoverFit& fit, const Line& line) {
  const double df = line.n - 2;
  const double t = student_t_quantile(0.5 + kConfidence / 2, df);
  const double margin = t * t * line.residual_variance;
  const double a = line.slope * line.slope - margin / line.sxx;
  const double b = line.slope * line.y_mean;
  const double c = line.y_mean * line.y_mean - margin / line.n;
  if (a == 0) {  // the slope is exactly at its limit: one ray, or all, or nothing
    if (b > 0) {
      set_bounds(fit, -std::numeric_limits<double>::infinity(), line.x_mean - c / (2 * b));
    } else if (b < 0) {
      set_bounds(fit, line.x_mean - c / (2 * b), std::numeric_limits<double>::infinity());
    } else {
      fit.fieller = c <= 0 ? FiellerKind::unbounded : FiellerKind::slope_not_significant;
    }
    return;
  }
  const double discriminant = b * b - a * c;
  if (a < 0 && discriminant <= 0) {
    fit.fieller = FiellerKind::unbounded;
    return;
  }
  // a > 0: d = -y_mean/k always satisfies the inequality, so a negative discriminant is rounding.
  const double root = std::sqrt(std::max(0.0, discriminant));
  // The stable form of the quadratic formula: no cancellation when b is large.
  const double q = -(b + std::copysign(root, b));
  double first = q / a;
  double second = q != 0 ? c / q : -first;
  if (first > second) {
    std::swap(first, second);
  }
  if (a > 0) {
    set_bounds(fit, line.x_mean + first, line.x_mean + second);
  } else {
    fit.fieller = FiellerKind::slope_not_significant;
    fit.excluded = Interval{std::exp(line.x_mean + first), std::exp(line.x_mean + second)};
  }
}

void add_leave_one_out(CrossoverFit& fit, const std::vector<double>& x, const std::vector<double>& y) {
  if (x.size() < 4) {
    return;
  }
  for (std::size_t left_out = 0; left_out < x.size(); ++left_out) {
    std::vector<double> some_x = x;
    std::vector<double> some_y = y;
    some_x.erase(some_x.begin() + static_cast<std::ptrdiff_t>(left_out));
    some_y.erase(some_y.begin() + static_cast<std::ptrdiff_t>(left_out));
    const auto line = fit_line(some_x, some_y);
    const auto crossing = line ? crossing_of(*line) : std::nullopt;
    if (!crossing) {
      fit.leave_one_out.reset();  // one point alone holds the crossing up: there is no range to state
      return;
    }
    if (!fit.leave_one_out) {
      fit.leave_one_out = Interval{*crossing, *crossing};
    }
    fit.leave_one_out->low = std::min(fit.leave_one_out->low, *crossing);
    fit.leave_one_out->high = std::max(fit.leave_one_out->high, *crossing);
  }
  if (fit.leave_one_out->low < 1) {
    fit.leave_one_out->low = -kNoBound;
  }
  if (fit.leave_one_out->high > kLargestSize) {
    fit.leave_one_out->high = kNoBound;
  }
}

double slope_p_value(const Line& line) {
  if (line.residual_variance == 0) {
    return line.slope == 0 ? 1 : 0;
  }
  return student_t_two_sided_p(line.slope / std::sqrt(line.residual_variance / line.sxx), line.n - 2);
}

}  // namespace

std::string_view to_string(FiellerKind kind) {
  switch (kind) {
    case FiellerKind::bounded:
      return "bounded";
    case FiellerKind::lower_bounded:
      return "lower_bounded";
    case FiellerKind::upper_bounded:
      return "upper_bounded";
    case FiellerKind::unbounded:
      return "unbounded";
    case FiellerKind::slope_not_significant:
      return "slope_not_significant";
  }
  return "unbounded";
}

std::optional<CrossoverFit> fit_crossover(std::span<const double> parameters,
                                          std::span<const double> ratios) {
  if (parameters.size() != ratios.size() || parameters.size() < 3 || !usable(parameters) || !usable(ratios)) {
    return std::nullopt;
  }
  const std::vector<double> x = logs(parameters);
  const std::vector<double> y = logs(ratios);
  const auto line = fit_line(x, y);
  if (!line) {
    return std::nullopt;
  }
  CrossoverFit fit;
  fit.n = line->n;
  fit.k = line->slope;
  fit.a0 = std::exp(line->intercept);
  fit.r_squared = line->r_squared;
  fit.slope_p = slope_p_value(*line);
  fit.crossover = crossing_of(*line);
  add_fieller(fit, *line);
  if (fit.crossover) {
    const auto [smallest, largest] = std::minmax_element(parameters.begin(), parameters.end());
    fit.extrapolated = *fit.crossover < *smallest || *fit.crossover > *largest;
    if (*fit.crossover < 1 || *fit.crossover > kLargestSize) {
      fit.crossover.reset();
    }
  }
  add_leave_one_out(fit, x, y);
  fit.curvature = test_curvature(x, y);
  return fit;
}

std::optional<double> interpolate_crossing(double low_parameters, double low_ratio, double high_parameters,
                                           double high_ratio) {
  const double low = std::log(low_ratio);
  const double high = std::log(high_ratio);
  if (low == high || low * high > 0) {
    return std::nullopt;
  }
  const double share = low / (low - high);
  return std::exp(std::log(low_parameters) + share * (std::log(high_parameters) - std::log(low_parameters)));
}

namespace {

/// Between the ends of a bracket, ties included: the neighbouring points where the ratio passes 1. Ties may
/// pass it several times; then only the ends say where.
std::optional<double> interpolate_inside(std::span<const RatioPoint> points) {
  std::optional<double> crossing;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto here = interpolate_crossing(points[i - 1].parameters, points[i - 1].ratio,
                                           points[i].parameters, points[i].ratio);
    if (here && crossing) {
      return interpolate_crossing(points.front().parameters, points.front().ratio, points.back().parameters,
                                  points.back().ratio);
    }
    crossing = here ? here : crossing;
  }
  return crossing;
}

}  // namespace

std::vector<Crossover::Bracket> find_brackets(std::span<const RatioPoint> points, const std::string& first,
                                              const std::string& second) {
  std::vector<Crossover::Bracket> brackets;
  const auto name = [&](int winner) { return winner > 0 ? first : second; };
  std::optional<std::size_t> last_decided;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].winner == 0) {
      continue;
    }
    if (last_decided && points[*last_decided].winner != points[i].winner) {
      const RatioPoint& low = points[*last_decided];
      const RatioPoint& high = points[i];
      Crossover::Bracket bracket{low.parameters,   high.parameters,   low.model, high.model,
                                 name(low.winner), name(high.winner), {},        {}};
      bracket.interpolated = interpolate_inside(points.subspan(*last_decided, i - *last_decided + 1));
      for (std::size_t tie = *last_decided + 1; tie < i; ++tie) {
        bracket.ties.push_back(points[tie].model);
      }
      brackets.push_back(std::move(bracket));
    }
    last_decided = i;
  }
  return brackets;
}

}  // namespace inferscale::analysis
