#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/interval.hpp"
#include "analysis/least_squares.hpp"
#include "record/metrics.hpp"

namespace inferscale::analysis {

/// One model size at which both backends were measured on the same scenarios.
struct RatioPoint {
  std::string model;
  double parameters = 0;
  double ratio = 1;  ///< above 1: A is better, throughput of A / throughput of B or B / A of a latency
  std::optional<Interval> ci95;  ///< of the ratio; Welch's t on logs of repetition values
  /// +1: A significantly faster, -1: B, 0: the interval contains 1 (a tie) or there is none.
  int winner = 0;
  std::string winner_name = {};  ///< empty: neither
  /// Measured on every scenario of Crossover::scenarios. Other points are over fewer, shown, and in no fit or
  /// bracket.
  bool complete = true;
};

/// What the 95% set of crossing sizes looks like. Fieller (1954), J. R. Stat. Soc. B 16:175; Draper &
/// Smith 3.2.
enum class FiellerKind {
  bounded,        ///< [ci95_low, ci95_high]
  lower_bounded,  ///< ci95_low and above: the slope is exactly at the limit, or the end is no size at all (>
                  ///< 1e18)
  upper_bounded,  ///< ci95_high and below: the same, downwards (< 1 parameter)
  unbounded,      ///< every size agrees with the data
  /// The ratio may not change with size at all. Every size outside `excluded` agrees with the data (an empty
  /// `excluded` beside no crossover: no size does, for the ratios are the same number, and it is not 1).
  slope_not_significant,
};
std::string_view to_string(FiellerKind kind);

/// log(ratio) = intercept + k log(parameters) by ordinary least squares, and where it crosses ratio 1.
struct CrossoverFit {
  int n = 0;
  double k = 0;
  double a0 = 0;  ///< exp(intercept)
  double r_squared = 0;
  double slope_p = 1;               ///< two-sided, of k = 0
  std::optional<double> crossover;  ///< parameters at ratio 1; absent when the slope is 0, or where that is
                                    ///< no size (below 1 parameter, beyond 1e18: `extrapolated` is then true)
  FiellerKind fieller = FiellerKind::slope_not_significant;
  std::optional<double> ci95_low, ci95_high;  ///< parameters
  std::optional<Interval> excluded;           ///< slope_not_significant: the crossing is not in here
  bool extrapolated = false;                  ///< the crossing lies outside the measured sizes
  std::optional<Interval>
      leave_one_out;  ///< smallest and largest crossing with one point left out; needs n >= 4.
                      ///< Infinite: that end lies at no size (below 1 parameter, beyond 1e18)
  std::optional<CurvatureTest> curvature;  ///< needs n >= 4
};

struct Crossover {
  std::string first, second;  ///< backends A and B
  std::string mode;
  const record::Metric* metric = &record::kThroughput;
  std::string scenario;  ///< empty: the overall mean over `scenarios`
  /// The plan's, when at least 3 sizes (or all) have them; otherwise those that match at every size.
  std::vector<std::string> scenarios;
  std::vector<RatioPoint> points;   ///< by ascending parameters
  std::optional<CrossoverFit> fit;  ///< needs 3 complete points
  /// The measured bracket: neighbouring decided sizes between which the winner changes. Tied sizes in between
  /// are named in `ties`.
  struct Bracket {
    double low_parameters = 0, high_parameters = 0;
    std::string low_model, high_model;
    std::string low_winner, high_winner;
    std::optional<double> interpolated;  ///< local log-log interpolation inside the bracket
    std::vector<std::string> ties;       ///< models inside the bracket where neither wins
  };
  std::vector<Bracket> brackets;  ///< none: one backend wins throughout, or they tie
};

/// Positive finite sizes and ratios, at least 3 points, at least 2 different sizes; nullopt otherwise.
std::optional<CrossoverFit> fit_crossover(std::span<const double> parameters, std::span<const double> ratios);

/// log-log interpolation of ratio 1 between two points; nullopt when both lie on one side of 1.
std::optional<double> interpolate_crossing(double low_parameters, double low_ratio, double high_parameters,
                                           double high_ratio);

/// Brackets of points sorted by size. Only points with a winner (+1, -1) can end a bracket.
std::vector<Crossover::Bracket> find_brackets(std::span<const RatioPoint> points, const std::string& first,
                                              const std::string& second);

}  // namespace inferscale::analysis
