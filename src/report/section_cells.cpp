// Every cell: model x backend x scenario x mode.
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
  return parts.empty() ? kNone : comma_list(parts);
}

std::string spread(const Estimate& value) {
  return value.n < 2 || value.mean == 0 ? kNone : percent_text(value.sd / value.mean);
}

/// The column of a field that only some modes fill.
struct ModeColumn {
  const char* title;
  const record::Metric* metric;
};

ModeColumn mode_column(protocol::ModeField field) {
  switch (field) {
    case protocol::ModeField::new_tok_s:
      return {"New tokens, tok/s", &record::metric_called("new_tok_s")};
    case protocol::ModeField::time_per_output_token_ms:
      return {"Time per output token, ms", &record::metric_called("time_per_output_token_ms")};
    case protocol::ModeField::time_to_first_token_ms:
      break;
  }
  return {"Time to first token, ms", &record::metric_called("time_to_first_token_ms")};
}

Table cell_table(const Analysis& analysis, protocol::Mode mode, const ModelSize& model) {
  Table table{fmt::format("{}, {}: latency and throughput [95% interval]", to_string(mode), model.name),
              {{"Scenario", false},
               {"Batch x prompt, tokens", true},
               {"Backend", false},
               {"Latency, ms", true},
               {"SD, % of the mean", true},
               {"Throughput, tok/s", true}},
              {}};
  const auto columns = protocol::descriptor(mode).columns;
  for (const protocol::ModeField field : columns) {
    table.columns.push_back({mode_column(field).title, true});
  }
  table.columns.insert(
      table.columns.end(),
      {{"Load, s", true}, {"Peak memory, MiB", true}, {"ok / runs", true}, {"Remarks", false}});
  for (const protocol::Scenario& scenario : analysis.scenarios) {
    for (const CellStatistics& cell : analysis.cells) {
      if (cell.mode != mode || cell.model != model.name || cell.scenario.name != scenario.name) {
        continue;
      }
      const bool any_ok = cell.outcomes.ok > 0;
      std::vector<Text> row = {
          Text(scenario.name),     fmt::format("{} x {}", scenario.batch, scenario.prompt_tokens),
          Text(cell.backend),      estimate_text(cell.latency_ms),
          spread(cell.latency_ms), estimate_text(cell.throughput_tok_s)};
      for (const protocol::ModeField field : columns) {
        const Estimate& value = cell.of(*mode_column(field).metric);
        row.emplace_back(value.n > 0 ? estimate_text(value) : kNone);
      }
      row.insert(row.end(),
                 {any_ok ? ratio_text(cell.load_s) : kNone, any_ok ? number_text(cell.memory_peak_mb) : kNone,
                  fmt::format("{} / {}", cell.outcomes.ok, cell.outcomes.runs), Text(remarks(cell))});
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace

Blocks cells_section(const Source& source, const Figures& figures) {
  Blocks blocks{Heading{2, "Cells"}};
  blocks.emplace_back(
      Paragraph{"Latency is wall time from token ids in host memory to the result in host memory, without "
                "tokenisation, "
                "load and warm-up. Outliers (Grubbs' test, 1%) are flagged, never dropped.",
                true});
  for (const protocol::Mode mode : source.analysis.modes) {
    const ModeFigures* plots = figures_of(figures, mode);
    if (plots != nullptr && !plots->latency.empty()) {
      blocks.push_back(
          details(fmt::format("{}: latency by scenario, plotted for each model", to_string(mode)),
                  {Gallery{plots->latency}}));
    }
    for (const ModelSize& model : source.analysis.models) {
      Table table = cell_table(source.analysis, mode, model);
      if (!table.rows.empty()) {
        blocks.push_back(details(fmt::format("{}, {} ({} parameters)", to_string(mode), model.name,
                                             parameters_text(static_cast<double>(model.parameters))),
                                 {std::move(table)}));
      }
    }
  }
  return blocks;
}

}  // namespace inferscale::report
