#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/interval.hpp"

namespace inferscale::report {

// What the plots' scripts are made of.

/// The values that an axis must hold, all above 0.
struct AxisRange {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  void add(double value);
  void widen(double factor);
  /// So much of an interval as does not squeeze the means together.
  void add(double mean, const std::optional<analysis::Interval>& ci95);
};

/// A logarithmic axis, "x" or "y", with its tics.
std::string log_axis(const char* axis, const AxisRange& range, std::string_view label, bool parameters);

/// Borders, grid and key.
extern const char* const kPlotFrame;

/// "x mean low high" of a data block; the mean again where there is no interval.
std::string plot_line(double x, double mean, const std::optional<analysis::Interval>& ci95);

/// The plot command and data blocks of several series.
class PlotSeries {
 public:
  /// Lines as plot_line() makes them, drawn `with` ("yerrorlines") in the style of series `style` (from 0).
  /// Nothing when there are no lines.
  void add(const std::string& lines, const std::string& with, std::size_t style, const std::string& title);
  [[nodiscard]] bool empty() const { return plots_.empty(); }
  /// Data blocks, then the plot command; `behind` ("1 with lines") is drawn first.
  [[nodiscard]] std::string script(const std::string& behind = {}) const {
    return data_ + "plot " + behind + (behind.empty() ? "" : ", ") + plots_ + "\n";
  }

 private:
  std::string data_, plots_;
  int blocks_ = 0;
};

/// Every `from` in the text; `to` is not searched again.
void replace_all(std::string& text, std::string_view from, const std::string& to);

}  // namespace inferscale::report
