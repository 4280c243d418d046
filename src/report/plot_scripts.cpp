// What gnuplot is told to draw.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/plot.hpp"
#include "report/plot_parts.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

std::string ratio_script(const Crossover& crossover) {
  AxisRange x;
  AxisRange y;
  y.add(1);
  std::string data;
  for (const RatioPoint& point : crossover.points) {
    if (point.complete) {
      x.add(point.parameters);
      y.add(point.ratio, point.ci95);
      data += plot_line(point.parameters, point.ratio, point.ci95);
    }
  }
  if (data.empty()) {
    return {};
  }
  x.widen(1.4);
  y.widen(1.15);
  std::string script = kPlotFrame + log_axis("x", x, "parameters", true) +
                       log_axis("y", y, fmt::format("{} ratio", crossover.metric->words), false);
  script += "set ylabel " + gnuplot_string(crossover.first + " / " + crossover.second) + "\n";
  for (const auto& bracket : crossover.brackets) {
    script += fmt::format(
        "set object rectangle from first {:g}, graph 0 to first {:g}, graph 1 behind fc rgb '#fff2cc' fs "
        "solid "
        "noborder\n",
        bracket.low_parameters, bracket.high_parameters);
  }
  std::string line;
  if (crossover.fit) {
    line =
        fmt::format(", {:.10g} * x ** {:.10g} with lines lc rgb '#555555' lw 1.5 dt 2 title 'least squares'",
                    crossover.fit->a0, crossover.fit->k);
    const auto& crossing = crossover.fit->crossover;
    if (crossing && *crossing > x.low && *crossing < x.high) {
      const bool far_right = *crossing * *crossing * *crossing > x.low * x.high * x.high;  // last third
      script += fmt::format(
          "set arrow from first {0:g}, graph 0 to first {0:g}, first 1 nohead lc rgb '#D55E00' lw 2 dt 3\n"
          "set label {1} at first {0:g}, graph 0.05 {2} tc rgb '#A04000' front\n",
          *crossing, gnuplot_string(parameters_text(*crossing)),
          far_right ? "right offset -0.8,0" : "left offset 0.8,0");
    }
  }
  return script + "$d << EOD\n" + data +
         "EOD\nplot 1 with lines lc rgb '#000000' lw 1.5 notitle, $d using 1:2:3:4 with yerrorbars ls 1 "
         "title "
         "'measured [95%]'" +
         line + "\n";
}

namespace {

/// The end of a bar's interval, or so much of it as does not make the bars small.
double top_of(const Estimate& value) {
  constexpr double kMost = 1.6;
  return value.ci95 ? std::min(value.ci95->high, kMost * value.mean) : value.mean;
}

}  // namespace

std::string latency_script(const Analysis& analysis, protocol::Mode mode, const std::string& model) {
  std::string tics;
  std::string data;
  std::string plots;
  double highest = 0;
  const double width = 0.8 / static_cast<double>(std::max<std::size_t>(1, analysis.backends.size()));
  for (std::size_t s = 0; s < analysis.scenarios.size(); ++s) {
    tics += fmt::format("{}{} {}", s == 0 ? "" : ", ", gnuplot_tic(analysis.scenarios[s].name), s);
  }
  for (std::size_t b = 0; b < analysis.backends.size(); ++b) {
    std::string lines;
    for (const CellStatistics& cell : analysis.cells) {
      if (cell.mode != mode || cell.model != model || cell.backend != analysis.backends[b].name ||
          cell.latency_ms.n == 0) {
        continue;
      }
      for (std::size_t s = 0; s < analysis.scenarios.size(); ++s) {
        if (analysis.scenarios[s].name == cell.scenario.name) {
          const double x = static_cast<double>(s) - 0.4 + width * (static_cast<double>(b) + 0.5);
          lines += plot_line(x, cell.latency_ms.mean, cell.latency_ms.ci95);
          highest = std::max(highest, top_of(cell.latency_ms));
        }
      }
    }
    if (!lines.empty()) {
      data += fmt::format("$d{} << EOD\n{}EOD\n", b, lines);
      plots += fmt::format("{0}$d{1} using 1:2:3:4:({2:g}) with boxerrorbars ls {3} fs solid 0.85 title {4}",
                           plots.empty() ? "plot " : ", ", b, width, b % 7 + 1,
                           gnuplot_string(analysis.backends[b].name));
    }
  }
  if (plots.empty()) {
    return {};
  }
  return kPlotFrame +
         fmt::format(
             "set errorbars small lc rgb '#000000' lw 1\nset xtics rotate by 35 right ({})\n"
             "set xrange [-0.6:{}]\nset yrange [0:{:g}]\n"
             "set ylabel 'latency, ms'\nset title {}\n",
             tics, static_cast<double>(analysis.scenarios.size()) - 0.4, highest * 1.08,
             gnuplot_string(model)) +
         data + plots + "\n";
}

}  // namespace inferscale::report
