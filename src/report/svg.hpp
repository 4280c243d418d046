#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.hpp"
#include "core/json.hpp"

namespace inferscale::report {

// What the pictures of report/pictures.hpp are made of. Colours are CSS variables with a light and a dark
// value, so that one picture fits screens of both kinds and paper; every mark has a <title>, which pages show
// under the pointer.

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
  /// Of a class, that of a backend's colour; its marks need not name it again.
  void begin_group(std::string_view classes);
  /// Of a workload, by its scenario's name; empty: of all of them.
  void begin_workload(std::string_view name);
  void end_group();
  /// The whole file; `alt` says what it shows.
  [[nodiscard]] std::string str(const std::vector<Colour>& colours, std::string_view alt) const;

 private:
  int width_, height_;
  std::string body_;
};

}  // namespace inferscale::report
