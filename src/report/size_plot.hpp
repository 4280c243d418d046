#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/interval.hpp"
#include "report/log_scale.hpp"
#include "report/svg.hpp"

namespace inferscale::report {

struct SizePoint {
  double parameters = 0, value = 0;
  std::optional<analysis::Interval> ci95;
  std::string title;  ///< what the page shows under the pointer
  std::string model = {};
};

/// Of one backend, by ascending size.
struct SizeSeries {
  std::string name, colour;
  std::vector<SizePoint> points;
};

struct SizeAxis {
  std::string label;  ///< "throughput, tok/s"
  bool higher_is_better = true;
  std::optional<double> reference = {};  ///< a line to hold the others against
  int width = 760, height = 420;         ///< of the picture
};

/// Both axes logarithmic: a line a series, its name at the line's end. Where no series has two sizes: a row a
/// series, best first. Of several models of one size: a column a model. Empty without series.
std::string size_plot(const std::vector<SizeSeries>& all, const SizeAxis& axis,
                      const std::vector<Colour>& colours, std::string_view alt);

/// Every model once, in the order of the series.
std::vector<std::string> models_of(const std::vector<SizeSeries>& all);
/// A column a model between the ends of `x`, a dot a series over `y`.
std::string models_plot(const std::vector<SizeSeries>& all, const SizeAxis& axis, const LogScale& x,
                        const LogScale& y, const std::vector<Colour>& colours, std::string_view alt);

}  // namespace inferscale::report
