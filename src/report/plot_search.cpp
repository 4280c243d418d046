// What gnuplot is told to draw of the search for a crossover.
#include <algorithm>
#include <map>

#include "report/plot.hpp"
#include "report/plot_parts.hpp"

namespace inferscale::report {

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
