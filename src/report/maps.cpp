// The decision map and the slowdown map: tables of sizes that are read at a glance.
#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/pictures.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

constexpr double kMapCell = 40, kDecisionCell = 54, kMapLeft = 214, kMapTop = 8, kMapGap = 2;

/// Sizes, or names where several models have one size.
std::vector<std::string> column_names(const std::vector<const DecisionLine*>& lines) {
  std::vector<std::string> names;
  for (const DecisionLine* line : lines) {
    names.push_back(size_name(lines, *line));
  }
  return names;
}

/// "tensorrt" and "fp16": what comes behind the last dash tells backends of one runtime apart.
std::pair<std::string, std::string> two_lines(const std::string& name) {
  const auto dash = name.rfind('-');
  return dash == std::string::npos ? std::pair{name, std::string()}
                                   : std::pair{name.substr(0, dash), name.substr(dash + 1)};
}

/// What the names of columns are.
std::string_view columns_title(const std::vector<const DecisionLine*>& lines) {
  return any_share_a_size(lines) ? "parameters; models of one size by name" : "parameters";
}

struct Grid {
  std::vector<std::string> columns;
  double cell_height = kMapCell;
  double cell_width = 0;

  Grid(std::vector<std::string> names, double height) : columns(std::move(names)), cell_height(height) {
    constexpr double kLeast = 64, kMost = 130, kWidest = 9;
    const auto count = static_cast<double>(std::max<std::size_t>(columns.size(), 1));
    cell_width = std::clamp(kLeast * kWidest / count, kLeast, kMost);
  }
  [[nodiscard]] int width() const { return static_cast<int>(x(columns.size())) + 4; }
  [[nodiscard]] double x(std::size_t column) const {
    return kMapLeft + static_cast<double>(column) * cell_width;
  }
  [[nodiscard]] double y(std::size_t row) const {
    return kMapTop + static_cast<double>(row) * (cell_height + kMapGap);
  }
  [[nodiscard]] int height(std::size_t rows) const { return static_cast<int>(y(rows)) + 42; }

  void add_names(Svg& svg, std::size_t rows, std::string_view title) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      svg.text(x(i) + cell_width / 2, y(rows) + 14, Anchor::middle, "small", cut_to(columns[i], cell_width));
    }
    svg.text(x(0), y(rows) + 32, Anchor::start, "soft small", title);
  }
};

/// "+4%" of a lead, "alike", or "undecided".
std::string lead_words(const DecisionLine& line) {
  if (!line.undecided_with.empty()) {
    return "undecided";
  }
  if (!line.alike_with.empty()) {
    return "alike";
  }
  for (const RankedBackend& ranked : line.ranking) {
    if (ranked.backend != line.use) {
      const double factor = ranked.behind.ratio;
      const std::string words = excess_text(factor < 1 ? 1 / factor : factor);
      return words.back() == '%' ? (factor < 1 ? "-" : "+") + words : words;
    }
  }
  return "alone";
}

void add_cell(Svg& svg, const Grid& grid, std::size_t row, std::size_t column, const DecisionLine& line,
              const std::string& classes) {
  const bool sure = line.undecided_with.empty() && line.alike_with.empty();
  const double width = grid.cell_width - kMapGap;
  svg.begin_group("answer " + classes);
  svg.rect(grid.x(column), grid.y(row), width, grid.cell_height, "cell", sure ? 0.35 : 0.10, line.why);
  const double middle = grid.x(column) + width / 2;
  const auto [first, second] = two_lines(line.use);
  svg.text(middle, grid.y(row) + (second.empty() ? 23 : 16), Anchor::middle, "b small", cut_to(first, width));
  svg.text(middle, grid.y(row) + 30, Anchor::middle, "b small", cut_to(second, width));
  svg.text(middle, grid.y(row) + 46, Anchor::middle, "small", lead_words(line));
  svg.end_group();
}

}  // namespace

std::string decision_map(const Analysis& analysis, const Decision& decision,
                         const std::vector<Colour>& colours, std::string_view alt) {
  const auto sizes = measured_of(decision.lines);
  if (sizes.empty()) {
    return {};
  }
  struct Row {
    std::string name, workload;
    std::vector<const DecisionLine*> lines;
  };
  std::vector<Row> rows;
  for (const PartDecision& part : decision.by_scenario) {
    const auto scenario = std::find_if(analysis.scenarios.begin(), analysis.scenarios.end(),
                                       [&](const auto& one) { return one.name == part.scenario; });
    const std::string tokens =
        scenario == analysis.scenarios.end() ? "" : fmt::format(", {} tok", scenario->prompt_tokens);
    rows.push_back({fmt::format("batch {}{}", part.batch, tokens), part.scenario, measured_of(part.lines)});
  }
  rows.push_back({rows.empty() ? "the scenario" : "mean of them", "", sizes});
  const Grid grid(column_names(sizes), kDecisionCell);
  Svg svg(grid.width(), grid.height(rows.size()));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    svg.begin_workload(rows[row].workload);
    svg.text(kMapLeft - 8, grid.y(row) + 30, Anchor::end, "", rows[row].name);
    for (std::size_t column = 0; column < sizes.size(); ++column) {
      for (const DecisionLine* line : rows[row].lines) {
        if (line->models.front() == sizes[column]->models.front()) {
          add_cell(svg, grid, row, column, *line, class_of(analysis, colours, line->use));
        }
      }
    }
    svg.end_group();
  }
  grid.add_names(svg, rows.size(), columns_title(sizes));
  return svg.str(colours, alt);
}

std::string slowdown_map(const Analysis& analysis, const Decision& decision,
                         const std::vector<Colour>& colours, std::string_view alt) {
  const auto sizes = measured_of(decision.lines);
  std::map<std::string, std::pair<double, int>> sums;
  for (const DecisionLine* line : sizes) {
    for (const RankedBackend& ranked : line->ranking) {
      const double best = line->ranking.front().behind.ratio;
      sums[ranked.backend].first += std::log(ranked.behind.ratio / best);
      ++sums[ranked.backend].second;
    }
  }
  if (sums.size() < 2) {
    return {};
  }
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [backend, sum] : sums) {
    order.emplace_back(sum.first / sum.second, backend);
  }
  std::sort(order.begin(), order.end());
  const Grid grid(column_names(sizes), kMapCell);
  Svg svg(grid.width(), grid.height(order.size()));
  for (std::size_t row = 0; row < order.size(); ++row) {
    const std::string& backend = order[row].second;
    svg.begin_group(class_of(analysis, colours, backend));
    svg.text(kMapLeft - 8, grid.y(row) + 25, Anchor::end, "name b", cut_to(backend, kMapLeft));
    for (std::size_t column = 0; column < sizes.size(); ++column) {
      for (const RankedBackend& ranked : sizes[column]->ranking) {
        if (ranked.backend != backend) {
          continue;
        }
        const double factor = ranked.behind.ratio / sizes[column]->ranking.front().behind.ratio;
        const double shade = std::min(0.6, 0.16 * std::log(factor));
        const std::string words = factor < 1.005  ? "best"
                                  : factor < 9.95 ? fmt::format("{:.2f}", factor)
                                                  : fmt::format("{:.0f}", factor);
        svg.rect(grid.x(column), grid.y(row), grid.cell_width - kMapGap, kMapCell, "heat", shade,
                 fmt::format("{} at {}: {} times the best's, {} {}", backend, grid.columns[column],
                             ratio_text(factor), number_text(ranked.value), decision.metric->unit));
        svg.text(grid.x(column) + grid.cell_width / 2, grid.y(row) + 25, Anchor::middle,
                 factor < 1.005 ? "b" : "", words);
      }
    }
    svg.end_group();
  }
  grid.add_names(svg, order.size(), columns_title(sizes));
  return svg.str(colours, alt);
}

}  // namespace inferscale::report
