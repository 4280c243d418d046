// What is drawn over parameters: the metric that ranks, precisions over their fp32, and prices.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/pictures.hpp"
#include "report/size_plot.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Of pictures that stand two in a row.
constexpr int kBesideOthers = 560, kItsHeight = 340;

/// A series for each backend of which `points_of` finds points.
template <class PointsOf>
std::vector<SizeSeries> series_of(const Analysis& analysis, const std::vector<Colour>& colours,
                                  PointsOf points_of) {
  std::vector<SizeSeries> all;
  for (std::size_t i = 0; i < analysis.backends.size() && i < colours.size(); ++i) {
    const std::string& backend = analysis.backends[i].name;
    if (auto points = points_of(backend); !points.empty()) {
      all.push_back({backend, colours[i].name, std::move(points)});
    }
  }
  return all;
}

std::string title_of(const std::string& backend, const std::string& model, double parameters,
                     const std::string& value) {
  return fmt::format("{}, {} ({}): {}", backend, model, parameters_text(parameters), value);
}

double parameters_of(const Analysis& analysis, const std::string& model) {
  const auto found = std::find_if(analysis.models.begin(), analysis.models.end(),
                                  [&](const ModelSize& one) { return one.name == model; });
  return found == analysis.models.end() ? 0 : static_cast<double>(found->parameters);
}

}  // namespace

std::string metric_plot(const Analysis& analysis, const Decision& decision,
                        const std::vector<Colour>& colours, std::string_view alt) {
  const record::Metric& metric = *decision.metric;
  const auto all = series_of(analysis, colours, [&](const std::string& backend) {
    std::vector<SizePoint> points;
    for (const OverallMean& mean : analysis.overall) {
      if (mean.mode == decision.mode && mean.complete && mean.backend == backend) {
        const auto parameters = static_cast<double>(mean.parameters);
        points.push_back({parameters, mean.value.mean, mean.value.ci95,
                          title_of(backend, mean.model, parameters,
                                   estimate_text(mean.value) + " " + std::string(metric.unit)),
                          mean.model});
      }
    }
    return points;
  });
  return size_plot(all, {metric_text(metric), metric.better == record::Direction::higher}, colours, alt);
}

std::string precision_plot(const Analysis& analysis, protocol::Mode mode,
                           const std::vector<PrecisionComparison>& comparisons,
                           const std::vector<Colour>& colours, std::string_view alt) {
  const auto all = series_of(analysis, colours, [&](const std::string& backend) {
    std::vector<SizePoint> points;
    for (const PrecisionComparison& one : comparisons) {
      const double parameters = parameters_of(analysis, one.model);
      if (one.mode == mode && one.backend == backend && one.speedup && parameters > 0) {
        const RatioTest& speedup = *one.speedup;
        points.push_back({parameters, speedup.ratio, speedup.ci95,
                          title_of(backend, one.model, parameters,
                                   ratio_interval_text(speedup.ratio, speedup.ci95) + " times its fp32"),
                          one.model});
      }
    }
    return points;
  });
  return size_plot(all, {"times its own fp32", true, 1.0, kBesideOthers, kItsHeight}, colours, alt);
}

std::string cost_plot(const Analysis& analysis, protocol::Mode mode, const std::vector<ServingCost>& costs,
                      const std::vector<Colour>& colours, std::string_view alt) {
  const auto all = series_of(analysis, colours, [&](const std::string& backend) {
    std::vector<SizePoint> points;
    for (const ServingCost& one : costs) {
      const double price = one.price_per_million_tokens.value_or(0);
      if (one.mode == mode && one.backend == backend && price > 0) {  // a log axis has no place for 0
        const auto parameters = static_cast<double>(one.parameters);
        points.push_back({parameters, price, one.price_ci95,
                          title_of(backend, one.model, parameters, number_text(price)), one.model});
      }
    }
    return points;
  });
  return size_plot(all, {"price of a million tokens", false, {}, kBesideOthers, kItsHeight}, colours, alt);
}

}  // namespace inferscale::report
