// A figure over parameters: a line a backend with its name at the line's end; of one size a row a backend, or
// a column a model.
#include "report/size_plot.hpp"

#include <algorithm>

#include "analysis/quantity.hpp"
#include "analysis/size_curve.hpp"
#include "report/line_plot.hpp"

namespace inferscale::report {

using analysis::number_text;

namespace {

constexpr double kPlotLeft = 76, kPlotRight = 190, kPlotTop = 14, kPlotBottom = 52, kPlotRow = 30;

AxisRange values_of(const std::vector<SizeSeries>& all, const SizeAxis& axis) {
  AxisRange range;
  for (const SizeSeries& series : all) {
    for (const SizePoint& point : series.points) {
      range.add(point.value, point.ci95);
    }
  }
  if (axis.reference) {
    range.add(*axis.reference);
  }
  range.widen(1.15);
  return range;
}

void add_axes(Svg& svg, const LogScale& x, const LogScale& y, const SizeAxis& axis) {
  add_log_axes(svg, x, y);
  if (axis.reference) {
    svg.line(x.begin, y(*axis.reference), x.end, y(*axis.reference), "roof");
  }
  svg.text(x.end, y.begin + 38, Anchor::end, "soft small", "parameters, logarithmic");
  svg.text(x.begin, y.begin + 38, Anchor::start, "soft small", axis.label + ", logarithmic");
}

void add_line(Svg& svg, const SizeSeries& series, const LogScale& x, const LogScale& y, double name_y) {
  svg.begin_group(series.colour);
  std::vector<std::pair<double, double>> points;
  for (const SizePoint& point : series.points) {
    points.emplace_back(x(point.parameters), y(point.value));
  }
  svg.polyline(points, "series");
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (const auto& ci95 = series.points[i].ci95) {
      svg.line(points[i].first, std::clamp(y(ci95->low), y.end, y.begin), points[i].first,
               std::clamp(y(ci95->high), y.end, y.begin), "bar");
    }
    svg.dot(points[i].first, points[i].second, 4, "dot", series.points[i].title);
  }
  svg.text(x.end + 10, name_y, Anchor::start, "name b small", series.name);
  svg.end_group();
}

std::string lines_plot(const std::vector<SizeSeries>& all, const SizeAxis& axis,
                       const std::vector<Colour>& colours, std::string_view alt) {
  AxisRange sizes;
  for (const SizeSeries& series : all) {
    sizes.add(series.points.front().parameters);
    sizes.add(series.points.back().parameters);
  }
  const LogScale x = log_scale(sizes, kPlotLeft, axis.width - kPlotRight);
  const LogScale y = log_scale(values_of(all, axis), axis.height - kPlotBottom, kPlotTop);
  std::vector<double> names;
  names.reserve(all.size());
  for (const SizeSeries& series : all) {
    names.push_back(y(series.points.back().value) + 4);
  }
  constexpr double kApart = 15;
  names = spread_apart(names, kApart, axis.height - kPlotBottom + 4);
  Svg svg(axis.width, axis.height);
  add_axes(svg, x, y, axis);
  for (std::size_t i = 0; i < all.size(); ++i) {
    add_line(svg, all[i], x, y, names[i]);
  }
  return svg.str(colours, alt);
}

std::string rows_plot(std::vector<SizeSeries> all, const SizeAxis& axis, const std::vector<Colour>& colours,
                      std::string_view alt) {
  std::stable_sort(all.begin(), all.end(), [&](const SizeSeries& a, const SizeSeries& b) {
    const double first = a.points[0].value, second = b.points[0].value;
    return axis.higher_is_better ? first > second : first < second;
  });
  const double bottom = kPlotTop + kPlotRow * static_cast<double>(all.size());
  const LogScale x = log_scale(values_of(all, axis), kPlotRight, axis.width - 90);
  Svg svg(axis.width, static_cast<int>(bottom + kPlotBottom));
  for (const double tic : log_scale_tics(x)) {
    svg.line(x(tic), kPlotTop, x(tic), bottom, "grid");
    svg.text(x(tic), bottom + 16, Anchor::middle, "small", tic_words(tic));
  }
  if (axis.reference) {
    svg.line(x(*axis.reference), kPlotTop, x(*axis.reference), bottom, "roof");
  }
  svg.text(kPlotRight, bottom + 36, Anchor::start, "soft small", axis.label + ", logarithmic");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double y = kPlotTop + kPlotRow * (static_cast<double>(i) + 0.5);
    const SizePoint& point = all[i].points[0];
    svg.begin_group(all[i].colour);
    svg.text(kPlotRight - 10, y + 4, Anchor::end, "name b small", all[i].name);
    if (point.ci95) {
      svg.line(std::max(x(point.ci95->low), x.begin), y, std::min(x(point.ci95->high), x.end), y, "bar");
    }
    svg.dot(x(point.value), y, 5, "dot", point.title);
    svg.text(axis.width - 6, y + 4, Anchor::end, "small", number_text(point.value));
    svg.end_group();
  }
  return svg.str(colours, alt);
}

bool of_one_size(const std::vector<SizeSeries>& all) {
  const double size = all.front().points.front().parameters;
  return std::all_of(all.begin(), all.end(), [&](const SizeSeries& series) {
    return std::all_of(series.points.begin(), series.points.end(),
                       [&](const SizePoint& point) { return analysis::same_size(point.parameters, size); });
  });
}

}  // namespace

std::string size_plot(const std::vector<SizeSeries>& all, const SizeAxis& axis,
                      const std::vector<Colour>& colours, std::string_view alt) {
  if (all.empty()) {
    return {};
  }
  if (of_one_size(all) && models_of(all).size() > 1) {
    const LogScale x{1, 1, kPlotLeft, axis.width - kPlotRight};  // its ends alone: models have no order
    return models_plot(all, axis, x, log_scale(values_of(all, axis), axis.height - kPlotBottom, kPlotTop),
                       colours, alt);
  }
  const bool one_size =
      std::all_of(all.begin(), all.end(), [](const SizeSeries& one) { return one.points.size() == 1; });
  return one_size ? rows_plot(all, axis, colours, alt) : lines_plot(all, axis, colours, alt);
}

}  // namespace inferscale::report
