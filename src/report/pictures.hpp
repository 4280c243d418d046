#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/precision_cost.hpp"
#include "analysis/roofline.hpp"
#include "analysis/serving_cost.hpp"
#include "report/svg.hpp"

namespace inferscale::report {

// The pictures of a report that the program draws itself, a file each. All are empty with nothing to show.
// The marks of a backend lie in elements of its colour's class, and what belongs to one workload in a group
// with its name in data-workload: the page's script hides them by that.

/// Columns: sizes; rows: scenarios; a cell: the backend to use, and its lead.
std::string decision_map(const analysis::Analysis& analysis, const analysis::Decision& decision,
                         const std::vector<Colour>& colours, std::string_view alt);
/// Columns: sizes; rows: backends, best first; a cell: how many times worse than the best of the size.
std::string slowdown_map(const analysis::Analysis& analysis, const analysis::Decision& decision,
                         const std::vector<Colour>& colours, std::string_view alt);

// Over parameters: a line a backend with its name at the end; of one size a row a backend.

/// The metric that ranks.
std::string metric_plot(const analysis::Analysis& analysis, const analysis::Decision& decision,
                        const std::vector<Colour>& colours, std::string_view alt);
/// Ratio to the same runtime's fp32.
std::string precision_plot(const analysis::Analysis& analysis, protocol::Mode mode,
                           const std::vector<analysis::PrecisionComparison>& comparisons,
                           const std::vector<Colour>& colours, std::string_view alt);
/// The price of a million tokens, where prices above 0 were given.
std::string cost_plot(const analysis::Analysis& analysis, protocol::Mode mode,
                      const std::vector<analysis::ServingCost>& costs, const std::vector<Colour>& colours,
                      std::string_view alt);

/// Latency of one model by workload: a row a backend, every repetition a dot, and a tick at the 99th
/// percentile.
std::string latency_plot(const analysis::Analysis& analysis, protocol::Mode mode, const std::string& model,
                         const std::vector<Colour>& colours, std::string_view alt);

/// Workloads that differ in nothing but the batch, on one model.
struct BatchFamily {
  std::string model;
  int prompt_tokens = 0;
};
/// Those of the largest model that has any, with at least two batches.
std::vector<BatchFamily> batch_families(const analysis::Analysis& analysis, protocol::Mode mode);
/// Throughput over latency: a dot a batch, a line a backend.
std::string tradeoff_plot(const analysis::Analysis& analysis, protocol::Mode mode, const BatchFamily& family,
                          const std::vector<Colour>& colours, std::string_view alt);

/// Achieved operations a second over operations a byte, with the roofs of the device: a dot a backend and
/// model, over all its workloads; hollow where the roofs that were measured are passed.
std::string roofline_plot(const analysis::Analysis& analysis, protocol::Mode mode,
                          const analysis::DeviceRoofs& all_roofs,
                          const std::vector<analysis::RooflineShare>& shares,
                          const std::vector<Colour>& colours, std::string_view alt);

struct Bar {
  std::string backend;
  double value = 0;
  std::string words;                       ///< at the bar's end: "141 s"
  std::optional<analysis::Interval> ci95;  ///< of the value
};
/// From 0, in the order given; `full` is what the whole width means at the least.
std::string bars_plot(const analysis::Analysis& analysis, const std::vector<Bar>& bars, double full,
                      const std::vector<Colour>& colours, std::string_view alt);

/// The class of a backend's colour; empty for one that is not in the study.
std::string class_of(const analysis::Analysis& analysis, const std::vector<Colour>& colours,
                     const std::string& backend);
/// With an ellipsis where it is too wide for so many pixels.
std::string cut_to(const std::string& name, double width);

}  // namespace inferscale::report
