// The roofline of a device: Williams, Waterman and Patterson (2009), Comm. ACM 52:65.
#include <algorithm>
#include <cmath>

#include "analysis/quantity.hpp"
#include "report/line_plot.hpp"
#include "report/pictures.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

constexpr int kRoofWidth = 600, kRoofHeight = 340;
constexpr double kRoofLeft = 58, kRoofRight = 412, kRoofTop = 22, kRoofBottom = 286;

/// "712 T"
std::string rate_words(double rate) {
  return rate >= 1e15   ? fmt::format("{:.3g} P", rate / 1e15)
         : rate >= 1e12 ? fmt::format("{:.3g} T", rate / 1e12)
         : rate >= 1e9  ? fmt::format("{:.3g} G", rate / 1e9)
                        : fmt::format("{:.3g} M", rate / 1e6);
}

/// A backend on a model over all its workloads: the work of all of them, in the time of all of them. No such
/// sum passes a roof that none of its parts passes.
struct Dot {
  std::string model;
  double flops = 0, bytes = 0, seconds = 0, limit_seconds = 0;
  bool limit_holds = true;
  [[nodiscard]] double rate() const { return flops / seconds; }
  [[nodiscard]] double intensity() const { return flops / bytes; }
  [[nodiscard]] double share() const { return limit_seconds / seconds; }
};

struct Path {
  std::string backend, colour;
  std::vector<Dot> dots;  ///< by size
};

std::vector<Path> paths_of(const Analysis& analysis, protocol::Mode mode, const std::string& device,
                           const std::vector<RooflineShare>& shares, const std::vector<Colour>& colours) {
  std::vector<Path> paths;
  for (const BackendFacts& backend : analysis.backends) {
    Path path{backend.name, class_of(analysis, colours, backend.name), {}};
    for (const ModelSize& model : analysis.models) {
      Dot dot{model.name};
      for (const RooflineShare& one : shares) {
        if (one.mode == mode && one.backend == backend.name && one.model == model.name) {
          const double seconds = one.latency_ms / 1e3;
          dot.flops += one.gflop_s * 1e9 * seconds;
          dot.bytes += one.read_gb_s * 1e9 * seconds;
          dot.seconds += seconds;
          dot.limit_seconds += one.limit_ms / 1e3;
          dot.limit_holds = dot.limit_holds && one.limit_holds;
        }
      }
      if (dot.flops > 0 && dot.bytes > 0) {
        path.dots.push_back(dot);
      }
    }
    if (backend.device == device && !path.dots.empty()) {
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

/// Without the ceilings of precisions that no backend of the picture computes in.
DeviceRoofs used_roofs(const DeviceRoofs& roofs, protocol::Mode mode,
                       const std::vector<RooflineShare>& shares) {
  DeviceRoofs used{roofs.device, roofs.bytes_s, {}};
  for (const auto& roof : roofs.flop_s) {
    const bool any = std::any_of(shares.begin(), shares.end(), [&](const RooflineShare& share) {
      return share.mode == mode && share.computes == roof.first && share.device == roofs.device;
    });
    if (any) {
      used.flop_s.push_back(roof);
    }
  }
  return used;
}

struct Axes {
  LogScale x, y;
};

Axes axes_of(const std::vector<Path>& paths, const DeviceRoofs& roofs) {
  AxisRange x, y;
  for (const Path& path : paths) {
    for (const Dot& dot : path.dots) {
      x.add(dot.intensity());
      y.add(dot.rate());
    }
  }
  x.add(roofs.flop_s.back().second / roofs.bytes_s);  // where the highest ceiling begins
  y.add(roofs.flop_s.back().second);
  x.widen(1.6);
  y.widen(1.5);
  return {log_scale(x, kRoofLeft, kRoofRight), log_scale(y, kRoofBottom, kRoofTop)};
}

void add_grid(Svg& svg, const Axes& axes) {
  add_log_axes(svg, axes.x, axes.y, rate_words);
  svg.text(axes.x.begin, kRoofBottom + 36, Anchor::start, "soft small", "operations a byte, logarithmic");
  svg.text(4, kRoofTop - 10, Anchor::start, "soft small", "operations a second, logarithmic");
}

/// The slope of memory to the highest ceiling, and from it a ceiling for each precision.
void add_roofs(Svg& svg, const Axes& axes, const DeviceRoofs& roofs) {
  const double highest = roofs.flop_s.back().second;
  // The slope begins where it enters the picture: at its left edge, or at its foot.
  const double from = std::max(axes.x.low, axes.y.low / roofs.bytes_s);
  svg.line(axes.x(from), axes.y(from * roofs.bytes_s), axes.x(highest / roofs.bytes_s), axes.y(highest),
           "roof");
  for (const auto& [computes, flop_s] : roofs.flop_s) {
    svg.line(axes.x(std::max(flop_s / roofs.bytes_s, axes.x.low)), axes.y(flop_s), axes.x.end, axes.y(flop_s),
             "roof");
  }
}

/// Whether a dot lies in the place above the right end of a ceiling.
bool is_taken(const std::vector<Path>& paths, const Axes& axes, double y) {
  constexpr double kWide = 118, kAbove = 20, kBelow = 4;
  for (const Path& path : paths) {
    for (const Dot& dot : path.dots) {
      const double at = axes.y(dot.rate());
      if (axes.x(dot.intensity()) > axes.x.end - kWide && at > y - kAbove && at < y + kBelow) {
        return true;
      }
    }
  }
  return false;
}

/// Before the dots, which no name may hide; a ceiling's name under it where dots lie above.
void add_roof_names(Svg& svg, const Axes& axes, const DeviceRoofs& roofs, const std::vector<Path>& paths) {
  const double ridge = roofs.flop_s.back().second / roofs.bytes_s;
  const double from = std::max(axes.x.low, axes.y.low / roofs.bytes_s);
  const double at = std::sqrt(from * ridge);
  svg.text(axes.x(at) - 8, axes.y(at * roofs.bytes_s) - 4, Anchor::end, "small b halo",
           rate_words(roofs.bytes_s) + "B/s");
  double last = 0;
  for (auto roof = roofs.flop_s.rbegin(); roof != roofs.flop_s.rend(); ++roof) {
    constexpr double kLine = 13;
    const double ceiling = axes.y(roof->second);
    const double y = std::max(is_taken(paths, axes, ceiling) ? ceiling + kLine : ceiling - 5, last + kLine);
    svg.text(axes.x.end - 2, y, Anchor::end, "small b halo",
             fmt::format("{} {}FLOP/s", roof->first, rate_words(roof->second)));
    last = y;
  }
}

void add_path(Svg& svg, const Path& path, const Axes& axes, double name_y) {
  svg.begin_group(path.colour);
  std::vector<std::pair<double, double>> points;
  for (const Dot& dot : path.dots) {
    points.emplace_back(axes.x(dot.intensity()), axes.y(dot.rate()));
  }
  svg.polyline(points, "series thin");
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Dot& dot = path.dots[i];
    const bool passes = passes_limit(dot.share());
    const std::string of_limit = passes            ? "faster than the measured limit"
                                 : dot.limit_holds ? fmt::format("{:.1f}% of the limit", 100 * dot.share())
                                                   : "the measured limit is none";
    svg.dot(points[i].first, points[i].second, 4, passes ? "ring" : "dot",
            fmt::format("{}, {}: {}FLOP/s at {} operations a byte, {}", path.backend, dot.model,
                        rate_words(dot.rate()), ratio_text(dot.intensity()), of_limit));
  }
  add_led_name(svg, points.back(), axes.x, name_y, path.backend, kRoofWidth);
  svg.end_group();
}

}  // namespace

std::string roofline_plot(const Analysis& analysis, protocol::Mode mode, const DeviceRoofs& all_roofs,
                          const std::vector<RooflineShare>& shares, const std::vector<Colour>& colours,
                          std::string_view alt) {
  const std::vector<Path> paths = paths_of(analysis, mode, all_roofs.device, shares, colours);
  if (paths.empty()) {
    return {};
  }
  const DeviceRoofs roofs = used_roofs(all_roofs, mode, shares);
  const Axes axes = axes_of(paths, roofs);
  std::vector<double> names;
  names.reserve(paths.size());
  for (const Path& path : paths) {
    names.push_back(axes.y(path.dots.back().rate()) + 4);
  }
  constexpr double kApart = 14;
  names = spread_apart(names, kApart, kRoofBottom);
  Svg svg(kRoofWidth, kRoofHeight);
  add_grid(svg, axes);
  add_roofs(svg, axes, roofs);
  add_roof_names(svg, axes, roofs, paths);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    add_path(svg, paths[i], axes, names[i]);
  }
  return svg.str(colours, alt);
}

}  // namespace inferscale::report
