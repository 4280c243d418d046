// What a batch buys and costs: throughput over latency of workloads that differ in the batch alone.
#include <algorithm>
#include <map>
#include <set>

#include "analysis/quantity.hpp"
#include "report/line_plot.hpp"
#include "report/pictures.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

constexpr int kTradeWidth = 600, kTradeHeight = 320;
constexpr double kTradeLeft = 58, kTradeRight = 412, kTradeTop = 22, kTradeBottom = 266;

struct Line {
  std::string backend, colour;
  std::vector<const CellStatistics*> cells;  ///< by batch
};

std::vector<Line> lines_of(const Analysis& analysis, protocol::Mode mode, const BatchFamily& family,
                           const std::vector<Colour>& colours) {
  std::vector<Line> lines;
  for (const BackendFacts& backend : analysis.backends) {
    Line line{backend.name, class_of(analysis, colours, backend.name), {}};
    for (const CellStatistics& cell : analysis.cells) {
      if (cell.mode == mode && cell.model == family.model && cell.backend == backend.name &&
          cell.scenario.prompt_tokens == family.prompt_tokens && cell.latency_ms.n > 0 &&
          cell.throughput_tok_s.mean > 0) {
        line.cells.push_back(&cell);
      }
    }
    std::stable_sort(line.cells.begin(), line.cells.end(),
                     [](const auto* a, const auto* b) { return a->scenario.batch < b->scenario.batch; });
    if (!line.cells.empty()) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

void add_line(Svg& svg, const Line& line, const LogScale& x, const LogScale& y, double name_y) {
  svg.begin_group(line.colour);
  std::vector<std::pair<double, double>> points;
  for (const CellStatistics* cell : line.cells) {
    points.emplace_back(x(cell->latency_ms.mean), y(cell->throughput_tok_s.mean));
  }
  svg.polyline(points, "series thin");
  for (std::size_t i = 0; i < points.size(); ++i) {
    const CellStatistics& cell = *line.cells[i];
    svg.dot(points[i].first, points[i].second, 4, "dot",
            fmt::format("{}, batch {}: {} ms, {} tok/s", line.backend, cell.scenario.batch,
                        estimate_text(cell.latency_ms), estimate_text(cell.throughput_tok_s)));
  }
  add_led_name(svg, points.back(), x, name_y, line.backend, kTradeWidth);
  svg.end_group();
}

/// Which dot is which batch, said once: at the dots of the line that is highest.
void add_batches(Svg& svg, const std::vector<Line>& lines, const LogScale& x, const LogScale& y) {
  const auto highest = std::max_element(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return a.cells.back()->throughput_tok_s.mean < b.cells.back()->throughput_tok_s.mean;
  });
  for (const CellStatistics* cell : highest->cells) {
    svg.text(x(cell->latency_ms.mean), y(cell->throughput_tok_s.mean) - 9, Anchor::middle, "small halo",
             fmt::format("batch {}", cell->scenario.batch));
  }
}

}  // namespace

std::vector<BatchFamily> batch_families(const Analysis& analysis, protocol::Mode mode) {
  std::vector<BatchFamily> families;
  for (auto model = analysis.models.rbegin(); model != analysis.models.rend() && families.empty(); ++model) {
    std::map<int, std::map<std::string, std::set<int>>> batches;  // by prompt and backend
    for (const CellStatistics& cell : analysis.cells) {
      if (cell.mode == mode && cell.model == model->name && cell.latency_ms.n > 0) {
        batches[cell.scenario.prompt_tokens][cell.backend].insert(cell.scenario.batch);
      }
    }
    for (const auto& [prompt, by_backend] : batches) {
      if (std::any_of(by_backend.begin(), by_backend.end(),
                      [](const auto& one) { return one.second.size() > 1; })) {
        families.push_back({model->name, prompt});
      }
    }
  }
  return families;
}

std::string tradeoff_plot(const Analysis& analysis, protocol::Mode mode, const BatchFamily& family,
                          const std::vector<Colour>& colours, std::string_view alt) {
  const std::vector<Line> lines = lines_of(analysis, mode, family, colours);
  if (lines.empty()) {
    return {};
  }
  AxisRange latency, throughput;
  for (const Line& line : lines) {
    for (const CellStatistics* cell : line.cells) {
      latency.add(cell->latency_ms.mean);
      throughput.add(cell->throughput_tok_s.mean);
    }
  }
  latency.widen(1.3);
  throughput.widen(1.4);
  const LogScale x = log_scale(latency, kTradeLeft, kTradeRight);
  const LogScale y = log_scale(throughput, kTradeBottom, kTradeTop);
  Svg svg(kTradeWidth, kTradeHeight);
  add_log_axes(svg, x, y);
  svg.text(x.begin, kTradeBottom + 36, Anchor::start, "soft small", "latency, ms, logarithmic");
  svg.text(4, kTradeTop - 10, Anchor::start, "soft small", "throughput, tok/s, logarithmic");
  std::vector<double> names;
  names.reserve(lines.size());
  for (const Line& line : lines) {
    names.push_back(y(line.cells.back()->throughput_tok_s.mean) + 4);
  }
  constexpr double kApart = 14;
  names = spread_apart(names, kApart, kTradeBottom);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    add_line(svg, lines[i], x, y, names[i]);
  }
  add_batches(svg, lines, x, y);
  return svg.str(colours, alt);
}

}  // namespace inferscale::report
