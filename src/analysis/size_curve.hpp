#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {

/// A backend at one measured size, over the scenarios asked about.
struct CurvePoint {
  std::string model;
  double parameters = 0;
  LogMean log_value;  ///< of the metric that ranks
  LogMean log_throughput;
  std::vector<double> log_latency_ms;  ///< mean of each scenario, in the scenarios' order
};

/// Its value at any size: a straight line on log axes between neighbours, or through the two nearest outside.
struct CurveValue {
  Basis basis = Basis::measured;
  std::vector<std::string> models;
  LogMean log_value;  ///< of the metric that ranks
  LogMean log_throughput;
  std::vector<double> log_latency_ms;
};

/// A backend in a mode, at the sizes where every one of `scenarios` is ok, by ascending size.
std::vector<CurvePoint> size_curve(const StudyIndex& index, protocol::Mode mode, int backend,
                                   const std::vector<int>& scenarios);

/// Sizes this close count as one.
constexpr double kSameSize = 0.01;

/// nullopt for no points, or for another size than the only one.
std::optional<CurveValue> value_at(const std::vector<CurvePoint>& curve, double parameters);

/// How many times `parameters` lies outside the sizes; 1 inside, or within kSameSize of an end.
double times_outside(const std::vector<double>& sizes, double parameters);

}  // namespace inferscale::analysis
