#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.hpp"
#include "core/json.hpp"

namespace inferscale::report {

// Pictures that the program draws itself. Colours are CSS variables with a light and a dark value, so that
// one picture fits screens of both kinds and paper; every mark has a <title>, which pages show under the
// pointer.

/// A backend's colour, the same in every picture of every study: hue by runtime and device, shade by
/// precision. Each has a contrast of 3:1 or more to the page.
struct Colour {
  std::string name;         ///< of its CSS class: "c-tensorrt-fp16"
  std::string light, dark;  ///< "#b45309"
};
Colour colour_of(const analysis::BackendFacts& backend, const Json& environment);
std::vector<Colour> colours_of(const std::vector<analysis::BackendFacts>& backends, const Json& environment);
/// WCAG's contrast of two colours, 1 to 21.
double contrast(std::string_view first, std::string_view second);

enum class Anchor { start, middle, end };

class Svg {
 public:
  Svg(int width, int height) : width_(width), height_(height) {}
  void rect(double x, double y, double width, double height, std::string_view classes, double opacity,
            std::string_view title);
  void text(double x, double y, Anchor anchor, std::string_view classes, std::string_view words);
  void line(double x1, double y1, double x2, double y2, std::string_view classes);
  void polyline(const std::vector<std::pair<double, double>>& points, std::string_view classes);
  void dot(double x, double y, double radius, std::string_view classes, std::string_view title);
  void begin_group(std::string_view attributes);
  void end_group();
  /// The whole file; `alt` says what it shows.
  [[nodiscard]] std::string str(const std::vector<Colour>& colours, std::string_view alt) const;

 private:
  int width_, height_;
  std::string body_;
};

/// Columns: sizes; rows: scenarios; a cell: the backend to use, and its lead. Empty with nothing to show.
std::string decision_map(const analysis::Analysis& analysis, const analysis::Decision& decision,
                         const std::vector<Colour>& colours, std::string_view alt);
/// Columns: sizes; rows: backends, best first; a cell: how many times worse than the best of the size.
std::string slowdown_map(const analysis::Analysis& analysis, const analysis::Decision& decision,
                         const std::vector<Colour>& colours, std::string_view alt);
/// The metric over parameters, a line a backend with its name at the end; of one size a row a backend.
std::string metric_plot(const analysis::Analysis& analysis, const analysis::Decision& decision,
                        const std::vector<Colour>& colours, std::string_view alt);

/// Latency of one model by workload: a row a backend, every repetition a dot, and a tick at the 99th
/// percentile.
std::string latency_plot(const analysis::Analysis& analysis, protocol::Mode mode, const std::string& model,
                         const std::vector<Colour>& colours, std::string_view alt);

}  // namespace inferscale::report
