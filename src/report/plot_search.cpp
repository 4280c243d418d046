// What gnuplot is told to draw of outcomes, precisions, costs, the roofline, and the search for a crossover.
#include <algorithm>
#include <map>

#include "analysis/quantity.hpp"
#include "report/plot.hpp"
#include "report/plot_parts.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Number of a backend in the study: its colour in every plot.
std::size_t style_of(const Analysis& analysis, const std::string& backend) {
  const auto found = std::find_if(analysis.backends.begin(), analysis.backends.end(),
                                  [&](const BackendFacts& one) { return one.name == backend; });
  return static_cast<std::size_t>(found - analysis.backends.begin());
}

double parameters_of(const Analysis& analysis, const std::string& model) {
  const auto found = std::find_if(analysis.models.begin(), analysis.models.end(),
                                  [&](const ModelSize& one) { return one.name == model; });
  return found == analysis.models.end() ? 0 : static_cast<double>(found->parameters);
}

}  // namespace

std::string degradation_script(const Analysis& analysis) {
  const bool any = std::any_of(analysis.outcomes.begin(), analysis.outcomes.end(),
                               [](const OutcomeTotal& total) { return total.outcomes.degraded > 0; });
  if (!any) {
    return {};
  }
  std::vector<std::string> tried;  // backends; the others have no rate
  for (const OutcomeTotal& total : analysis.outcomes) {
    if (total.degradation_rate && std::find(tried.begin(), tried.end(), total.backend) == tried.end()) {
      tried.push_back(total.backend);
    }
  }
  std::string tics;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    tics += fmt::format("{}{} {}", i == 0 ? "" : ", ", gnuplot_tic(tried[i]), i);
  }
  PlotSeries series;
  const auto modes = static_cast<double>(analysis.modes.size());
  for (std::size_t m = 0; m < analysis.modes.size(); ++m) {
    std::string lines;
    for (const OutcomeTotal& total : analysis.outcomes) {
      if (total.mode != analysis.modes[m] || !total.degradation_rate) {
        continue;
      }
      const auto place = std::find(tried.begin(), tried.end(), total.backend) - tried.begin();
      const double x = static_cast<double>(place) + 0.2 * (static_cast<double>(m) - (modes - 1) / 2);
      const auto percent =
          total.ci95 ? std::optional(Interval{100 * total.ci95->low, 100 * total.ci95->high}) : std::nullopt;
      lines += plot_line(x, 100 * *total.degradation_rate, percent);
    }
    series.add(lines, "yerrorbars", m, std::string(to_string(analysis.modes[m])));
  }
  return kPlotFrame +
         fmt::format(
             "set xtics rotate by 35 right ({})\nset xrange [-0.6:{}]\nset yrange [0:105]\n"
             "set ylabel 'degraded of those tried, %'\n",
             tics, static_cast<double>(tried.size()) - 0.4) +
         series.script();
}

std::string precision_script(const Analysis& analysis, protocol::Mode mode,
                             const std::vector<PrecisionComparison>& comparisons) {
  AxisRange x;
  AxisRange y;
  y.add(1);
  PlotSeries series;
  for (const BackendFacts& backend : analysis.backends) {
    std::string lines;
    for (const PrecisionComparison& one : comparisons) {
      const double parameters = parameters_of(analysis, one.model);
      if (one.mode == mode && one.backend == backend.name && one.speedup && parameters > 0) {
        x.add(parameters);
        y.add(one.speedup->ratio, one.speedup->ci95);
        lines += plot_line(parameters, one.speedup->ratio, one.speedup->ci95);
      }
    }
    series.add(lines, "yerrorlines", style_of(analysis, backend.name), backend.name);
  }
  return over_parameters(x, y, 1.15, "times its own fp32", series,
                         "1 with lines lc rgb '#000000' lw 1.5 notitle");
}

std::string cost_script(const Analysis& analysis, protocol::Mode mode,
                        const std::vector<ServingCost>& costs) {
  AxisRange x;
  AxisRange y;
  PlotSeries series;
  for (const BackendFacts& backend : analysis.backends) {
    std::string lines;
    for (const ServingCost& one : costs) {
      const bool priced = one.price_per_million_tokens && *one.price_per_million_tokens > 0;
      if (one.mode == mode && one.backend == backend.name && priced) {  // a log axis has no place for 0
        const auto parameters = static_cast<double>(one.parameters);
        x.add(parameters);
        y.add(*one.price_per_million_tokens, one.price_ci95);
        lines += plot_line(parameters, *one.price_per_million_tokens, one.price_ci95);
      }
    }
    series.add(lines, "yerrorlines", style_of(analysis, backend.name), backend.name);
  }
  return over_parameters(x, y, 1.3, "price of a million tokens", series);
}

std::string roofline_script(const Analysis& analysis, protocol::Mode mode,
                            const std::vector<RooflineShare>& shares) {
  AxisRange x;
  AxisRange y;
  PlotSeries series;
  for (const BackendFacts& backend : analysis.backends) {
    std::string lines;
    for (const ModelSize& model : analysis.models) {
      std::vector<double> percents;
      for (const RooflineShare& share : shares) {
        if (share.mode == mode && share.backend == backend.name && share.model == model.name) {
          percents.push_back(100 * share.share);
        }
      }
      if (percents.empty()) {
        continue;
      }
      std::sort(percents.begin(), percents.end());
      const double median = (percents[(percents.size() - 1) / 2] + percents[percents.size() / 2]) / 2;
      const auto parameters = static_cast<double>(model.parameters);
      x.add(parameters);
      y.add(percents.front());
      y.add(percents.back());
      lines += plot_line(parameters, median, Interval{percents.front(), percents.back()});
    }
    series.add(lines, "yerrorlines", style_of(analysis, backend.name), backend.name);
  }
  return over_parameters(x, y, 1.3, "share of the limit, %", series,
                         "100 with lines lc rgb '#000000' lw 1.5 notitle");
}

std::string search_script(const std::vector<PlottedSearchStep>& steps) {
  if (steps.size() < 2) {
    return {};
  }
  AxisRange y;
  std::string brackets;
  std::vector<std::string> winners;  // in the order of their first size
  std::map<std::string, std::string> sizes;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const PlottedSearchStep& step = steps[i];
    const auto x = static_cast<double>(i + 1);
    y.add(step.parameters);
    if (step.bracket) {
      brackets += plot_line(x, step.bracket->low, step.bracket);
    }
    if (!sizes.contains(step.winner)) {
      winners.push_back(step.winner);
    }
    sizes[step.winner] += plot_line(x, step.parameters, {});
  }
  y.widen(1.4);
  PlotSeries series;
  for (std::size_t i = 0; i < winners.size(); ++i) {
    series.add(sizes[winners[i]], "points", i, winners[i]);
  }
  const std::string script = kPlotFrame + log_axis("y", y, "parameters", true) +
                             fmt::format("set xrange [0.5:{}]\nset xtics 1\nset xlabel 'size measured'\n",
                                         static_cast<double>(steps.size()) + 0.5);
  if (brackets.empty()) {
    return script + series.script();
  }
  return script + "set style fill solid 1 noborder\n$brackets << EOD\n" + brackets + "EOD\n" +
         series.script(
             "$brackets using 1:3:3:4:4:(0.7) with candlesticks lc rgb '#fff2cc' title 'bracket after it'");
}

}  // namespace inferscale::report
