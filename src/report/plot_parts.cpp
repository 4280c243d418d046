#include "report/plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/plot.hpp"

namespace inferscale::report {

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void AxisRange::add(double value) {
  low = std::min(low, value);
  high = std::max(high, value);
}

void AxisRange::widen(double factor) {
  low /= factor;
  high *= factor;
}

void AxisRange::add(double mean, const std::optional<analysis::Interval>& ci95) {
  constexpr double kMost = 4;
  add(mean);
  if (ci95) {
    add(std::max(ci95->low, mean / kMost));
    add(std::min(ci95->high, mean * kMost));
  }
}

std::string log_axis(const char* axis, const AxisRange& range, std::string_view label, bool parameters) {
  return fmt::format("set logscale {0}\nset {0}range [{1:g}:{2:g}]\nset {0}tics {3}\nset {0}label '{4}'\n",
                     axis, range.low, range.high, log_tics(range.low, range.high, parameters), label);
}

const char* const kPlotFrame =
    "set border 3\nset tics nomirror out\nset grid lc rgb '#dddddd' lw 1 lt 1\n"
    "set key outside top center horizontal maxcols 2 samplen 1.5 width -3\nset rmargin 4\nset "
    "pointintervalbox 0\n";

std::string plot_line(double x, double mean, const std::optional<analysis::Interval>& ci95) {
  return fmt::format("{:.10g} {:.10g} {:.10g} {:.10g}\n", x, mean, ci95 ? ci95->low : mean,
                     ci95 ? ci95->high : mean);
}

void PlotSeries::add(const std::string& lines, const std::string& with, std::size_t style,
                     const std::string& title) {
  if (lines.empty()) {
    return;
  }
  data_ += fmt::format("$d{} << EOD\n{}EOD\n", blocks_, lines);
  plots_ += fmt::format("{}$d{} using 1:2:3:4 with {} ls {} title {}", plots_.empty() ? "" : ", ", blocks_,
                        with, style % 7 + 1, gnuplot_string(title));
  ++blocks_;
}

}  // namespace inferscale::report
