#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {

/// The metrics that a recommendation may be limited by.
inline constexpr std::array kLimited{&record::kLatency,
                                     &record::metric_called("latency_p50_ms"),
                                     &record::metric_called("latency_p90_ms"),
                                     &record::metric_called("latency_p99_ms"),
                                     &record::metric_called("time_to_first_token_ms"),
                                     &record::metric_called("time_per_output_token_ms"),
                                     &record::metric_called("time_per_output_token_p50_ms"),
                                     &record::metric_called("time_per_output_token_p90_ms"),
                                     &record::metric_called("time_per_output_token_p99_ms")};

/// A backend's figures at one size, as logarithms, over the scenarios asked about.
struct CurveFigures {
  LogMean good;               ///< of the metric that ranks, turned so that more is better
  double log_value = 0;       ///< of the mean of the metric, as tables print it
  double log_throughput = 0;  ///< the same of throughput
  /// Means of each scenario, in the scenarios' order, a row of kLimited each; NaN where the mode has none.
  std::vector<double> log_limited;

  [[nodiscard]] std::size_t scenarios() const;
  [[nodiscard]] double log_of(const record::Metric& limited, std::size_t scenario) const;
};

/// A backend at one measured size.
struct CurvePoint {
  std::string model;
  double parameters = 0;
  CurveFigures figures;
};

/// A backend in a mode, at the models where every one of `scenarios` is ok, by ascending size.
std::vector<CurvePoint> size_curve(const StudyIndex& index, protocol::Mode mode, int backend,
                                   const std::vector<int>& scenarios);

/// Sizes this close count as one.
constexpr double kSameSize = 0.01;
bool same_size(double first, double second);

/// Models of one size in one point: means of their figures, which a line between sizes then passes through.
std::vector<CurvePoint> one_point_a_size(const std::vector<CurvePoint>& curve);

/// On a straight line of logs between two points, both of which are measured. Its error is the wider of the
/// two, never a mean of both.
CurveFigures between(const CurvePoint& low, const CurvePoint& high, double parameters);

/// On the least-squares line of logs through all points; nullopt with fewer than 2 sizes. `good` has no error
/// of its own: the ratio of two backends has (size_answers.cpp).
std::optional<CurveFigures> beyond(const std::vector<CurvePoint>& points, double parameters);

/// How many times `parameters` lies outside the sizes; 1 inside, or within kSameSize of an end.
double times_outside(const std::vector<double>& sizes, double parameters);

}  // namespace inferscale::analysis
