// The metric over parameters, a line a backend with its name at the line's end; of one size a row a backend.
#include <algorithm>
#include <cmath>

#include "analysis/quantity.hpp"
#include "report/log_scale.hpp"
#include "report/svg.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

constexpr int kPlotWidth = 760, kPlotHeight = 420;
constexpr double kPlotLeft = 76, kPlotRight = 190, kPlotTop = 14, kPlotBottom = 52, kPlotRow = 30;

struct Series {
  std::string name, colour;
  std::vector<const OverallMean*> means;
};

std::vector<Series> series_of(const Analysis& analysis, protocol::Mode mode,
                              const std::vector<Colour>& colours) {
  std::vector<Series> all;
  for (std::size_t i = 0; i < analysis.backends.size() && i < colours.size(); ++i) {
    Series series{analysis.backends[i].name, colours[i].name, {}};
    for (const OverallMean& mean : analysis.overall) {
      if (mean.mode == mode && mean.complete && mean.backend == series.name) {
        series.means.push_back(&mean);
      }
    }
    if (!series.means.empty()) {
      all.push_back(std::move(series));
    }
  }
  return all;
}

AxisRange values_of(const std::vector<Series>& all) {
  AxisRange range;
  for (const Series& series : all) {
    for (const OverallMean* mean : series.means) {
      range.add(mean->value.mean, mean->value.ci95);
    }
  }
  range.widen(1.15);
  return range;
}

std::string title_of(const OverallMean& mean) {
  return fmt::format("{}, {} ({}): {} {}", mean.backend, mean.model,
                     parameters_text(static_cast<double>(mean.parameters)), estimate_text(mean.value),
                     mean.metric->unit);
}

/// Names at the lines' ends, moved apart where they would lie on one another.
void add_end_names(Svg& svg, const std::vector<Series>& all, const LogScale& y, double x) {
  constexpr double kApart = 15;
  struct Name {
    double y = 0;
    const Series* series = nullptr;
  };
  std::vector<Name> names;
  names.reserve(all.size());
  for (const Series& series : all) {
    names.push_back({y(series.means.back()->value.mean) + 4, &series});
  }
  std::stable_sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.y < b.y; });
  for (std::size_t i = 1; i < names.size(); ++i) {
    names[i].y = std::max(names[i].y, names[i - 1].y + kApart);
  }
  for (const Name& name : names) {
    svg.text(x + 10, name.y, Anchor::start, "name b small " + name.series->colour, name.series->name);
  }
}

void add_axes(Svg& svg, const LogScale& x, const LogScale& y, const record::Metric& metric) {
  for (const double tic : log_scale_tics(y)) {
    svg.line(x.begin, y(tic), x.end, y(tic), "grid");
    svg.text(x.begin - 6, y(tic) + 4, Anchor::end, "small", tic_words(tic));
  }
  for (const double tic : log_scale_tics(x)) {
    svg.line(x(tic), y.begin, x(tic), y.begin + 5, "axis");
    svg.text(x(tic), y.begin + 18, Anchor::middle, "small", tic_words(tic));
  }
  svg.line(x.begin, y.begin, x.end, y.begin, "axis");
  svg.text(x.end, y.begin + 38, Anchor::end, "soft small", "parameters, logarithmic");
  svg.text(x.begin, y.begin + 38, Anchor::start, "soft small", metric_text(metric) + ", logarithmic");
}

std::string lines_plot(const std::vector<Series>& all, const record::Metric& metric,
                       const std::vector<Colour>& colours, std::string_view alt) {
  AxisRange sizes;
  for (const Series& series : all) {
    sizes.add(static_cast<double>(series.means.front()->parameters));
    sizes.add(static_cast<double>(series.means.back()->parameters));
  }
  const LogScale x = log_scale(sizes, kPlotLeft, kPlotWidth - kPlotRight);
  const LogScale y = log_scale(values_of(all), kPlotHeight - kPlotBottom, kPlotTop);
  Svg svg(kPlotWidth, kPlotHeight);
  add_axes(svg, x, y, metric);
  for (const Series& series : all) {
    std::vector<std::pair<double, double>> points;
    for (const OverallMean* mean : series.means) {
      points.emplace_back(x(static_cast<double>(mean->parameters)), y(mean->value.mean));
    }
    svg.polyline(points, "series " + series.colour);
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (const auto& ci95 = series.means[i]->value.ci95) {
        svg.line(points[i].first, std::clamp(y(ci95->low), kPlotTop, kPlotHeight - kPlotBottom),
                 points[i].first, std::clamp(y(ci95->high), kPlotTop, kPlotHeight - kPlotBottom),
                 "bar " + series.colour);
      }
      svg.dot(points[i].first, points[i].second, 4, "dot " + series.colour, title_of(*series.means[i]));
    }
  }
  add_end_names(svg, all, y, kPlotWidth - kPlotRight);
  return svg.str(colours, alt);
}

std::string rows_plot(std::vector<Series> all, const record::Metric& metric,
                      const std::vector<Colour>& colours, std::string_view alt) {
  std::stable_sort(all.begin(), all.end(), [&](const Series& a, const Series& b) {
    return record::advantage(metric, a.means[0]->value.mean, b.means[0]->value.mean) > 1;
  });
  const double bottom = kPlotTop + kPlotRow * static_cast<double>(all.size());
  const LogScale x = log_scale(values_of(all), kPlotRight, kPlotWidth - 90);
  Svg svg(kPlotWidth, static_cast<int>(bottom + kPlotBottom));
  for (const double tic : log_scale_tics(x)) {
    svg.line(x(tic), kPlotTop, x(tic), bottom, "grid");
    svg.text(x(tic), bottom + 16, Anchor::middle, "small", tic_words(tic));
  }
  svg.text(kPlotRight, bottom + 36, Anchor::start, "soft small", metric_text(metric) + ", logarithmic");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double y = kPlotTop + kPlotRow * (static_cast<double>(i) + 0.5);
    const OverallMean& mean = *all[i].means[0];
    svg.text(kPlotRight - 10, y + 4, Anchor::end, "name b small " + all[i].colour, all[i].name);
    if (const auto& ci95 = mean.value.ci95) {
      svg.line(std::max(x(ci95->low), kPlotRight), y, std::min(x(ci95->high), kPlotWidth - 90.0), y,
               "bar " + all[i].colour);
    }
    svg.dot(x(mean.value.mean), y, 5, "dot " + all[i].colour, title_of(mean));
    svg.text(kPlotWidth - 6, y + 4, Anchor::end, "small", number_text(mean.value.mean));
  }
  return svg.str(colours, alt);
}

}  // namespace

std::string metric_plot(const Analysis& analysis, const Decision& decision,
                        const std::vector<Colour>& colours, std::string_view alt) {
  const std::vector<Series> all = series_of(analysis, decision.mode, colours);
  if (all.empty()) {
    return {};
  }
  const bool one_size =
      std::all_of(all.begin(), all.end(), [](const Series& one) { return one.means.size() == 1; });
  return one_size ? rows_plot(all, *decision.metric, colours, alt)
                  : lines_plot(all, *decision.metric, colours, alt);
}

}  // namespace inferscale::report
