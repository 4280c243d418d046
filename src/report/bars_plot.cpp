// Horizontal bars, a backend each.
#include <algorithm>

#include "report/pictures.hpp"

namespace inferscale::report {

using namespace analysis;

std::string bars_plot(const Analysis& analysis, const std::vector<Bar>& bars, double full,
                      const std::vector<Colour>& colours, std::string_view alt) {
  constexpr int kWidth = 400;
  constexpr double kLeft = 182, kRight = 328, kTop = 4, kRow = 22, kThick = 14;
  if (bars.empty()) {
    return {};
  }
  for (const Bar& bar : bars) {
    full = std::max({full, bar.value, bar.ci95 ? bar.ci95->high : 0});
  }
  const auto x = [&](double value) { return kLeft + (kRight - kLeft) * (full > 0 ? value / full : 0); };
  Svg svg(kWidth, static_cast<int>(kTop + kRow * static_cast<double>(bars.size()) + kTop));
  svg.line(kLeft, kTop, kLeft, kTop + kRow * static_cast<double>(bars.size()), "axis");
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double y = kTop + kRow * static_cast<double>(i);
    svg.begin_group(class_of(analysis, colours, bar.backend));
    svg.text(kLeft - 8, y + 15, Anchor::end, "name b small", cut_to(bar.backend, kLeft - 8));
    svg.rect(kLeft, y + (kRow - kThick) / 2, std::max(x(bar.value) - kLeft, 1.0), kThick, "dot", 1,
             bar.backend + ": " + bar.words);
    double end = x(bar.value);
    if (bar.ci95) {
      svg.line(x(bar.ci95->low), y + kRow / 2, x(bar.ci95->high), y + kRow / 2, "axis");
      end = std::max(end, x(bar.ci95->high));
    }
    svg.text(end + 5, y + 15, Anchor::start, "small", bar.words);
    svg.end_group();
  }
  return svg.str(colours, alt);
}

}  // namespace inferscale::report
