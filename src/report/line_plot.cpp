#include "report/line_plot.hpp"

#include <algorithm>
#include <numeric>

#include "report/pictures.hpp"

namespace inferscale::report {

void add_log_axes(Svg& svg, const LogScale& x, const LogScale& y, std::string (*words)(double)) {
  for (const double tic : log_scale_tics(y)) {
    svg.line(x.begin, y(tic), x.end, y(tic), "grid");
    svg.text(x.begin - 6, y(tic) + 4, Anchor::end, "small", words(tic));
  }
  for (const double tic : log_scale_tics(x)) {
    svg.line(x(tic), y.begin, x(tic), y.begin + 5, "axis");
    svg.text(x(tic), y.begin + 18, Anchor::middle, "small", tic_words(tic));
  }
  svg.line(x.begin, y.begin, x.end, y.begin, "axis");
}

std::vector<double> spread_apart(const std::vector<double>& wanted, double apart, double bottom) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  std::vector<double> places = wanted;
  for (std::size_t i = 1; i < order.size(); ++i) {
    places[order[i]] = std::max(places[order[i]], places[order[i - 1]] + apart);
  }
  // What was pushed below the picture pushes the others up again.
  for (std::size_t i = order.size(); i-- > 0;) {
    const double most = i + 1 == order.size() ? bottom : places[order[i + 1]] - apart;
    places[order[i]] = std::min(places[order[i]], most);
  }
  return places;
}

void add_led_name(Svg& svg, std::pair<double, double> end, const LogScale& x, double name_y,
                  const std::string& name, double width) {
  svg.line(end.first + 6, end.second, x.end + 8, name_y - 4, "leader");
  svg.text(x.end + 10, name_y, Anchor::start, "name b small", cut_to(name, width - x.end - 14));
}

}  // namespace inferscale::report
