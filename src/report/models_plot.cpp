// A figure over models of one size, which a logarithmic axis of sizes would put on one another: a column a
// model.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/line_plot.hpp"
#include "report/pictures.hpp"
#include "report/size_plot.hpp"

namespace inferscale::report {
namespace {

struct Columns {
  std::vector<std::string> models;
  double begin = 0, width = 0;
  [[nodiscard]] double middle(std::size_t column) const {
    return begin + width * (static_cast<double>(column) + 0.5);
  }
  [[nodiscard]] double middle(const std::string& model) const {
    return middle(static_cast<std::size_t>(std::find(models.begin(), models.end(), model) - models.begin()));
  }
};

/// With room beside it for the names of series.
Columns columns_of(std::vector<std::string> models, const LogScale& x) {
  const auto count = static_cast<double>(models.size());
  return {std::move(models), x.begin, (x.end - x.begin) / count};
}

void add_column_axes(Svg& svg, const Columns& columns, const LogScale& x, const LogScale& y,
                     const SizeAxis& axis) {
  for (const double tic : log_scale_tics(y)) {
    svg.line(x.begin, y(tic), x.end, y(tic), "grid");
    svg.text(x.begin - 6, y(tic) + 4, Anchor::end, "small", tic_words(tic));
  }
  svg.line(x.begin, y.begin, x.end, y.begin, "axis");
  if (axis.reference) {
    svg.line(x.begin, y(*axis.reference), x.end, y(*axis.reference), "roof");
  }
  for (std::size_t i = 0; i < columns.models.size(); ++i) {
    svg.text(columns.middle(i), y.begin + 18, Anchor::middle, "small",
             cut_to(columns.models[i], columns.width));
  }
  svg.text(x.begin, y.begin + 38, Anchor::start, "soft small", axis.label + ", logarithmic");
}

/// The dots of a series, so far beside the columns' middles; returns the last. Models have no order, so no
/// line joins them.
std::pair<double, double> add_dots(Svg& svg, const SizeSeries& series, const Columns& columns,
                                   const LogScale& y, double aside) {
  std::pair<double, double> last;
  for (const SizePoint& point : series.points) {
    last = {columns.middle(point.model) + aside, y(point.value)};
    if (point.ci95) {
      svg.line(last.first, std::clamp(y(point.ci95->low), y.end, y.begin), last.first,
               std::clamp(y(point.ci95->high), y.end, y.begin), "bar");
    }
    svg.dot(last.first, last.second, 4, "dot", point.title);
  }
  return last;
}

}  // namespace

std::vector<std::string> models_of(const std::vector<SizeSeries>& all) {
  std::vector<std::string> models;
  for (const SizeSeries& series : all) {
    for (const SizePoint& point : series.points) {
      if (std::find(models.begin(), models.end(), point.model) == models.end()) {
        models.push_back(point.model);
      }
    }
  }
  return models;
}

std::string models_plot(const std::vector<SizeSeries>& all, const SizeAxis& axis, const LogScale& x,
                        const LogScale& y, const std::vector<Colour>& colours, std::string_view alt) {
  const Columns columns = columns_of(models_of(all), x);
  Svg svg(axis.width, axis.height);
  add_column_axes(svg, columns, x, y, axis);
  svg.text(x.end, y.begin + 38, Anchor::end, "soft small",
           fmt::format("models of {} parameters",
                       analysis::parameters_text(all.front().points.front().parameters)));
  std::vector<double> names;
  names.reserve(all.size());
  for (const SizeSeries& series : all) {
    names.push_back(y(series.points.back().value) + 4);
  }
  constexpr double kApart = 15, kMostAside = 9;  // intervals of several must not lie on one another
  names = spread_apart(names, kApart, y.begin + 4);
  const auto count = static_cast<double>(all.size());
  const double aside = std::min(kMostAside, columns.width / (count + 1));
  for (std::size_t i = 0; i < all.size(); ++i) {
    svg.begin_group(all[i].colour);
    const auto last = add_dots(svg, all[i], columns, y, aside * (static_cast<double>(i) - (count - 1) / 2));
    add_led_name(svg, last, x, names[i], all[i].name, axis.width);
    svg.end_group();
  }
  return svg.str(colours, alt);
}

}  // namespace inferscale::report
