#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/log_scale.hpp"
#include "report/svg.hpp"

// What plots of lines on two logarithmic axes have in common.

namespace inferscale::report {

/// Lines across at the tics of y, the line below, and the tics of x under it. `words` is of a tic of y.
void add_log_axes(Svg& svg, const LogScale& x, const LogScale& y, std::string (*words)(double) = tic_words);

/// Where names of lines lie that must not lie on one another: `wanted` moved down as little as it takes.
/// Returned in the order given.
std::vector<double> spread_apart(const std::vector<double>& wanted, double apart, double bottom);

/// A line's name right of the picture at `name_y`, cut to what is left of `width`, and what leads there from
/// the line's end.
void add_led_name(Svg& svg, std::pair<double, double> end, const LogScale& x, double name_y,
                  const std::string& name, double width);

}  // namespace inferscale::report
