// Every cell: a matrix of backends and workloads for each model, and what a backend takes beside time.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "protocol/modes/descriptor.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// "2 timeout, 1 crash": what is not ok; outliers; and how many repetitions ran on a throttled GPU.
std::string remarks(const CellStatistics& cell) {
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : cell.outcomes.by_outcome) {
    if (outcome != Outcome::ok) {
      parts.push_back(fmt::format("{} {}", count, to_string(outcome)));
    }
  }
  if (!cell.outliers.empty()) {
    std::vector<std::string> numbers;
    for (const int repetition : cell.outliers) {
      numbers.push_back(std::to_string(repetition));
    }
    parts.push_back("outlier: repetition " + comma_list(numbers));
  }
  if (cell.throttled > 0) {
    parts.push_back(fmt::format("{} throttled ({})", cell.throttled, comma_list(cell.throttle_reasons)));
  }
  return comma_list(parts);
}

using CellsOfModel = std::vector<const CellStatistics*>;

CellsOfModel cells_of(const Analysis& analysis, protocol::Mode mode, const std::string& model) {
  CellsOfModel cells;
  for (const CellStatistics& cell : analysis.cells) {
    if (cell.mode == mode && cell.model == model) {
      cells.push_back(&cell);
    }
  }
  return cells;
}

/// Those backends of the order that have a cell.
std::vector<std::string> backends_in(const CellsOfModel& cells, const std::vector<std::string>& order) {
  std::vector<std::string> names;
  for (const std::string& name : order) {
    if (std::any_of(cells.begin(), cells.end(), [&](const auto* cell) { return cell->backend == name; })) {
      names.push_back(name);
    }
  }
  return names;
}

/// A row a backend, best first; a column a workload.
Table matrix(const Analysis& analysis, const CellsOfModel& cells, const std::vector<std::string>& order,
             const record::Metric& metric) {
  Table table{fmt::format("{}, {}, ± 95% interval", sentence_case(std::string(metric.words)), metric.unit),
              {{"Backend", false}},
              {}};
  for (const protocol::Scenario& scenario : analysis.scenarios) {
    table.columns.push_back(
        {fmt::format("{} ({} x {})", scenario.name, scenario.batch, scenario.prompt_tokens), true,
         scenario.name});
  }
  bool any = false;
  for (const std::string& backend : backends_in(cells, order)) {
    std::vector<Text> row{Text(backend)};
    for (const protocol::Scenario& scenario : analysis.scenarios) {
      const auto found = std::find_if(cells.begin(), cells.end(), [&](const CellStatistics* cell) {
        return cell->backend == backend && cell->scenario.name == scenario.name;
      });
      row.emplace_back(found == cells.end() ? kNone : estimate_text((*found)->of(metric)));
      any = any || (found != cells.end() && (*found)->of(metric).n > 0);
    }
    table.rows.push_back(std::move(row));
  }
  return any ? table : Table{};
}

/// What a backend takes beside time: the largest of its cells.
Table needs_table(const CellsOfModel& cells, const std::vector<std::string>& order) {
  Table table{"Load time and peak of memory, over the workloads",
              {{"Backend", false}, {"Load, s", true}, {"Host memory, MiB", true}},
              {}};
  const bool gpu = std::any_of(cells.begin(), cells.end(),
                               [](const CellStatistics* cell) { return cell->gpu_memory_peak_mb > 0; });
  if (gpu) {
    table.columns.push_back({"GPU memory, MiB", true});
  }
  for (const std::string& backend : backends_in(cells, order)) {
    double load_s = 0, host = 0, device = 0;
    for (const CellStatistics* cell : cells) {
      if (cell->backend == backend && cell->outcomes.ok > 0) {
        load_s = std::max(load_s, cell->load_s);
        host = std::max(host, cell->memory_peak_mb);
        device = std::max(device, cell->gpu_memory_peak_mb);
      }
    }
    const auto or_none = [](double value) { return value > 0 ? Text(number_text(value)) : Text(kNone); };
    std::vector<Text> row{Text(backend), load_s > 0 ? Text(ratio_text(load_s)) : Text(kNone), or_none(host)};
    if (gpu) {
      row.push_back(or_none(device));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

List remarks_list(const CellsOfModel& cells) {
  List list;
  for (const CellStatistics* cell : cells) {
    if (const std::string words = remarks(*cell); !words.empty()) {
      list.items.emplace_back(fmt::format("{}, {}: {}; {} of {} ok", cell->backend, cell->scenario.name,
                                          words, cell->outcomes.ok, cell->outcomes.runs));
    }
  }
  return list;
}

Blocks model_blocks(const Analysis& analysis, protocol::Mode mode, const ModelSize& model) {
  const CellsOfModel cells = cells_of(analysis, mode, model.name);
  if (cells.empty()) {
    return {};
  }
  const auto order = ranked_backends(analysis, mode);
  Blocks blocks;
  for (const char* name :
       {"latency_ms", "latency_p99_ms", "throughput_tok_s", "new_tok_s", "time_to_first_token_ms",
        "time_per_output_token_ms", "time_per_output_token_p99_ms"}) {
    const record::Metric& metric = *record::find_metric(name);
    const auto columns = protocol::descriptor(mode).columns;
    const bool other = metric.name == "new_tok_s" || metric.name == "time_to_first_token_ms";
    if (other && columns.empty()) {
      continue;  // repeats the throughput
    }
    if (Table table = matrix(analysis, cells, order, metric); !table.rows.empty()) {
      blocks.emplace_back(std::move(table));
    }
  }
  blocks.emplace_back(needs_table(cells, order));
  if (List list = remarks_list(cells); !list.items.empty()) {
    blocks.emplace_back(std::move(list));
  }
  return blocks;
}

}  // namespace

Blocks cells_section(const Source& source, const Figures& figures) {
  Blocks blocks{Heading{2, "Cells"}};
  blocks.emplace_back(
      Paragraph{"Latency is wall time from token ids in host memory to the result in host memory, without "
                "tokenisation, load and warm-up. Outliers (Grubbs' test, 1%) are flagged, never dropped.",
                true});
  for (const protocol::Mode mode : source.analysis.modes) {
    for (const ModelSize& model : source.analysis.models) {
      if (Blocks cells = model_blocks(source.analysis, mode, model); !cells.empty()) {
        blocks.push_back(details(fmt::format("{}, {} ({} parameters)", to_string(mode), model.name,
                                             parameters_text(static_cast<double>(model.parameters))),
                                 std::move(cells)));
      }
    }
    const ModeFigures* plots = figures_of(figures, mode);
    if (plots != nullptr && !plots->latency.empty()) {
      blocks.push_back(
          details(fmt::format("{}: latency by scenario, plotted for each model", to_string(mode)),
                  {Gallery{plots->latency, Gallery::Layout::wide}}));
    }
  }
  return blocks;
}

}  // namespace inferscale::report
