// A report on several machines: what each answers, and the same cells side by side.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "protocol/modes/descriptor.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// A machine's own report goes one level down, under its name.
void lower_headings(Blocks& blocks) {
  for (Block& block : blocks) {
    if (auto* heading = std::get_if<Heading>(&block)) {
      ++heading->level;
    } else if (auto* folded = std::get_if<std::shared_ptr<Details>>(&block)) {
      lower_headings((*folded)->blocks);
    }
  }
}

/// "machine 2 / machine 1"
std::string ratio_title(const std::vector<std::string>& names, std::size_t machine) {
  return fmt::format("{} / {} [95%]", names[machine], names[0]);
}

bool any_ratio(const std::vector<const MachineRow*>& rows, std::size_t machine) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const MachineRow* row) { return row->machines[machine].ratio.has_value(); });
}

Text value_text(const MachineRow& row, const MachineValue& value) {
  if (value.value.n == 0) {
    return kNone;
  }
  const std::string speed = estimate_text(value.value);
  return row.backend.empty() ? Text().strong(value.backend).plain(", " + speed) : Text(speed);
}

Text ratio_cell(const std::optional<RatioTest>& ratio) {
  if (!ratio) {
    return kNone;
  }
  const std::string text = ratio_interval_text(ratio->ratio, ratio->ci95);
  const bool different = ratio->p_holm && *ratio->p_holm < 0.05;
  return different ? Text().strong(text) : Text(text);
}

/// One row a model and backend; `with_scenario` for cells, no backend column where each machine has its own.
Table machines_table(std::string caption, const std::vector<std::string>& names,
                     const std::vector<const MachineRow*>& rows, bool with_backend, bool with_scenario) {
  Table table{std::move(caption), {{"Model", false}, {"Parameters", true}}, {}};
  if (with_backend) {
    table.columns.push_back({"Backend", false});
  }
  if (with_scenario) {
    table.columns.push_back({"Scenario", false});
  }
  for (const std::string& name : names) {
    table.columns.push_back({fmt::format("{}, {}", name, rows.front()->metric->unit), with_backend});
  }
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (any_ratio(rows, i)) {
      table.columns.push_back({ratio_title(names, i), true});
    }
  }
  for (const MachineRow* row : rows) {
    std::vector<Text> cells{Text(row->model), parameters_text(static_cast<double>(row->parameters))};
    if (with_backend) {
      cells.emplace_back(row->backend);
    }
    if (with_scenario) {
      cells.emplace_back(row->scenario);
    }
    for (const MachineValue& value : row->machines) {
      cells.push_back(value_text(*row, value));
    }
    for (std::size_t i = 1; i < names.size(); ++i) {
      if (any_ratio(rows, i)) {
        cells.push_back(ratio_cell(row->machines[i].ratio));
      }
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::vector<const MachineRow*> of_mode(const std::vector<MachineRow>& rows, protocol::Mode mode) {
  std::vector<const MachineRow*> selected;
  for (const MachineRow& row : rows) {
    if (row.mode == mode) {
      selected.push_back(&row);
    }
  }
  return selected;
}

void add_mode(Blocks& blocks, const MachineComparison& comparison, protocol::Mode mode) {
  const auto& names = comparison.machines;
  if (const auto rows = of_mode(comparison.fastest, mode); !rows.empty()) {
    blocks.emplace_back(machines_table(fmt::format("{}: the backend of the {} mean of each machine "
                                                   "[95% interval]",
                                                   to_string(mode), best_end(*rows.front()->metric)),
                                       names, rows, false, false));
  }
  if (const auto rows = of_mode(comparison.overall, mode); !rows.empty()) {
    blocks.emplace_back(machines_table(
        fmt::format("{}: the same backend on each machine, mean over the scenarios", to_string(mode)), names,
        rows, true, false));
  }
  if (const auto rows = of_mode(comparison.cells, mode); !rows.empty()) {
    blocks.push_back(
        details(fmt::format("{}: {} that machines share, side by side", to_string(mode),
                            count_text(static_cast<long>(rows.size()), "cell")),
                {machines_table(fmt::format("{}: the same cell on each machine", to_string(mode)), names,
                                rows, true, true)}));
  }
}

Blocks comparison_section(const MachineComparison& comparison) {
  Blocks blocks{Heading{2, "Machines side by side"}};
  if (comparison.cells.empty() && comparison.fastest.empty()) {
    blocks.emplace_back(
        Paragraph{"No cell was measured on two of these machines: nothing can be set side by side.", false});
    return blocks;
  }
  const record::Metric& metric =
      *(comparison.fastest.empty() ? comparison.cells : comparison.fastest).front().metric;
  blocks.emplace_back(Paragraph{
      fmt::format(
          "{} of each machine by its own repetitions, and its ratio to {}: above 1 it is {} "
          "than that. Rows of two machines are never pooled. Bold ratios differ from 1 (Holm-adjusted "
          "p < 0.05). Intervals hold the spread between repetitions only: another machine of the same kind "
          "may differ by more.",
          sentence_case(std::string(metric.words)), comparison.machines.front(),
          metric.superlative == record::kThroughput.superlative ? "faster" : "better"),
      true});
  for (std::size_t i = 1; i < comparison.machines.size(); ++i) {
    if (const auto& why = comparison.no_ratio_because[i]; !why.empty()) {
      blocks.emplace_back(Paragraph{
          fmt::format("{} has no ratios, for it was asked for other work: {}.", comparison.machines[i], why),
          false});
    }
  }
  for (const protocol::ModeDescriptor* mode : protocol::modes()) {
    add_mode(blocks, comparison, mode->id);
  }
  return blocks;
}

using Facts = std::vector<std::pair<std::string, std::string>>;

Facts facts_of(const Source& source) {
  Facts facts = machine_facts(source);
  for (const BackendFacts& backend : source.analysis.backends) {
    if (!backend.runtime_versions.empty()) {
      facts.emplace_back("Version for " + backend.name, comma_list(backend.runtime_versions));
    }
  }
  return facts;
}

/// A row a fact, in the order in which the machines name them.
Blocks facts_section(const std::vector<MachineSource>& machines) {
  Table table{"Machines", {{"What", false}}, {}};
  std::vector<std::string> order;
  std::vector<Facts> all;
  for (const MachineSource& machine : machines) {
    table.columns.push_back({machine.name, false});
    all.push_back(facts_of(machine.source));
    for (const auto& [name, value] : all.back()) {
      if (std::find(order.begin(), order.end(), name) == order.end()) {
        order.push_back(name);
      }
    }
  }
  for (const std::string& name : order) {
    std::vector<Text> row{Text(name)};
    for (const Facts& facts : all) {
      const auto found =
          std::find_if(facts.begin(), facts.end(), [&](const auto& fact) { return fact.first == name; });
      row.emplace_back(found == facts.end() ? std::string(kNone) : found->second);
    }
    table.rows.push_back(std::move(row));
  }
  return {Heading{2, "Machine facts side by side"}, std::move(table)};
}

}  // namespace

Document make_machines_document(const std::vector<MachineSource>& machines,
                                const MachineComparison& comparison) {
  Document document;
  document.title = "Which runtime for which model size, on which machine: " + and_list(comparison.machines);
  for (const MachineSource& machine : machines) {
    document.blocks.emplace_back(answer_of(machine.source, "On " + machine.name));
  }
  append(document.blocks, comparison_section(comparison));
  append(document.blocks, facts_section(machines));
  for (std::size_t i = 0; i < machines.size(); ++i) {
    // The number tells sections apart whose names have the same letters.
    document.blocks.emplace_back(Heading{2, fmt::format("Machine {}: {}", i + 1, machines[i].name)});
    Blocks own = study_sections(machines[i].source, machines[i].figures);
    lower_headings(own);
    append(document.blocks, std::move(own));
  }
  return document;
}

}  // namespace inferscale::report
