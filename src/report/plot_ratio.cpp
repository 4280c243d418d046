// What gnuplot is told to draw.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/plot.hpp"
#include "report/plot_parts.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

AxisRange size_range(const Crossover& crossover) {
  AxisRange x;
  for (const RatioPoint& point : crossover.points) {
    if (point.complete) {
      x.add(point.parameters);
    }
  }
  x.widen(1.4);
  return x;
}

}  // namespace

std::optional<double> drawn_crossing(const Crossover& crossover) {
  if (!crossover.fit || !crossover.fit->crossover) {
    return std::nullopt;
  }
  const AxisRange x = size_range(crossover);
  const double size = *crossover.fit->crossover;
  return size > x.low && size < x.high ? std::optional(size) : std::nullopt;
}

std::string ratio_script(const Crossover& crossover) {
  AxisRange y;
  y.add(1);
  std::string data;
  for (const RatioPoint& point : crossover.points) {
    if (point.complete) {
      y.add(point.ratio, point.ci95);
      data += plot_line(point.parameters, point.ratio, point.ci95);
    }
  }
  if (data.empty()) {
    return {};
  }
  const AxisRange x = size_range(crossover);
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
    if (const auto crossing = drawn_crossing(crossover)) {
      const bool far_right = *crossing * *crossing * *crossing > x.low * x.high * x.high;  // last third
      script += fmt::format(
          "set arrow from first {0:g}, graph 0 to first {0:g}, first 1 nohead lc rgb '#d55e00' lw 2 dt 3\n"
          "set label {1} at first {0:g}, graph 0.05 {2} tc rgb '#a04000' front\n",
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

}  // namespace inferscale::report
