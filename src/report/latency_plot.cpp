// Latency of one model: for each workload a row a backend, every repetition as a dot, and the 99th
// percentile.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/log_scale.hpp"
#include "report/pictures.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

constexpr double kLatencyLeft = 200, kLatencyRight = 690, kLatencyRow = 16, kLatencyTop = 6;
constexpr int kLatencyWidth = 760;

struct Row {
  const CellStatistics* cell = nullptr;
  std::string colour;
};

std::vector<Row> rows_of(const Analysis& analysis, protocol::Mode mode, const std::string& model,
                         const protocol::Scenario& scenario, const std::vector<Colour>& colours) {
  std::vector<Row> rows;
  for (const CellStatistics& cell : analysis.cells) {
    if (cell.mode != mode || cell.model != model || !(cell.scenario == scenario) || cell.latency_ms.n == 0) {
      continue;
    }
    rows.push_back({&cell, class_of(analysis, colours, cell.backend)});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.cell->latency_ms.mean < b.cell->latency_ms.mean;
  });
  return rows;
}

void add_row(Svg& svg, const Row& row, const LogScale& x, double y) {
  const CellStatistics& cell = *row.cell;
  const Estimate& tail = cell.of(record::metric_called("latency_p99_ms"));
  svg.begin_group(row.colour);
  svg.text(kLatencyLeft - 8, y + 4, Anchor::end, "name small", cell.backend);
  const std::string words =
      fmt::format("{}, {}: {} ms{}", cell.backend, cell.scenario.name, estimate_text(cell.latency_ms),
                  tail.n > 0 ? fmt::format(", 99th percentile {} ms", number_text(tail.mean)) : "");
  for (const double latency_ms : cell.repetitions_ms) {
    svg.dot(x(latency_ms), y, 3, "dot", words);
  }
  if (tail.n > 0) {
    svg.line(x(tail.mean), y - 5, x(tail.mean), y + 5, "bar");
  }
  svg.text(kLatencyWidth - 4, y + 4, Anchor::end, "small", number_text(cell.latency_ms.mean));
  svg.end_group();
}

}  // namespace

std::string latency_plot(const Analysis& analysis, protocol::Mode mode, const std::string& model,
                         const std::vector<Colour>& colours, std::string_view alt) {
  std::vector<std::pair<const protocol::Scenario*, std::vector<Row>>> groups;
  AxisRange range;
  std::size_t lines = 0;
  for (const protocol::Scenario& scenario : analysis.scenarios) {
    auto rows = rows_of(analysis, mode, model, scenario, colours);
    if (rows.empty()) {
      continue;
    }
    for (const Row& row : rows) {
      for (const double latency_ms : row.cell->repetitions_ms) {
        range.add(latency_ms);
      }
      if (const Estimate& tail = row.cell->of(record::metric_called("latency_p99_ms")); tail.n > 0) {
        range.add(tail.mean);
      }
    }
    lines += rows.size() + 1;
    groups.emplace_back(&scenario, std::move(rows));
  }
  if (groups.empty()) {
    return {};
  }
  range.widen(1.1);
  const LogScale x = log_scale(range, kLatencyLeft, kLatencyRight);
  const double bottom = kLatencyTop + kLatencyRow * static_cast<double>(lines);
  Svg svg(kLatencyWidth, static_cast<int>(bottom) + 40);
  for (const double tic : log_scale_tics(x)) {
    svg.line(x(tic), kLatencyTop, x(tic), bottom, "grid");
    svg.text(x(tic), bottom + 14, Anchor::middle, "small", tic_words(tic));
  }
  svg.text(kLatencyLeft, bottom + 32, Anchor::start, "soft small", "latency, ms, logarithmic");
  double y = kLatencyTop;
  for (const auto& [scenario, rows] : groups) {
    svg.begin_workload(scenario->name);
    svg.text(
        4, y + 13, Anchor::start, "b small",
        fmt::format("{}: batch {}, {} tokens", scenario->name, scenario->batch, scenario->prompt_tokens));
    y += kLatencyRow;
    for (const Row& row : rows) {
      add_row(svg, row, x, y + kLatencyRow / 2);
      y += kLatencyRow;
    }
    svg.end_group();
  }
  return svg.str(colours, alt);
}

}  // namespace inferscale::report
