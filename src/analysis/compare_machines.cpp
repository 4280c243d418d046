// The same cells on several machines, side by side.
#include "analysis/compare_machines.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "analysis/environment_diff.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

/// What makes a row of two machines one row: names, and the sizes that they stand for.
using RowKey = std::tuple<protocol::Mode, std::string, std::int64_t, std::string, std::string, std::int64_t,
                          std::int64_t>;

/// What one machine has for a row.
struct Measured {
  std::string backend;
  std::vector<double> values;  ///< by repetition
};

struct RowValues {
  MachineRow row;
  std::map<std::size_t, Measured> by_machine;
};

/// Rows in the order in which they first came.
class RowList {
 public:
  void add(std::size_t machine, const record::Metric* metric, const RowKey& key, Measured measured) {
    const auto [found, added] = numbers_.try_emplace(key, rows_.size());
    if (added) {
      const auto& [mode, model, parameters, backend, scenario, batch, prompt] = key;
      rows_.push_back({{mode, metric, model, parameters, backend, scenario, {}}, {}});
    }
    rows_[found->second].by_machine[machine] = std::move(measured);
  }
  [[nodiscard]] const std::vector<RowValues>& rows() const { return rows_; }

 private:
  std::map<RowKey, std::size_t> numbers_;
  std::vector<RowValues> rows_;
};

void add_cells(std::size_t machine, const StudyIndex& index, RowList& list) {
  for (std::size_t i = 0; i < index.dataset().cells.size(); ++i) {
    const Cell& cell = index.dataset().cells[i];
    const auto values = index.values(i);
    if (!values.empty() && index.may_rank(cell.model, cell.backend)) {
      const protocol::Scenario& scenario = index.scenario(cell.scenario);
      list.add(machine, &index.metric(cell.mode),
               {cell.mode, index.model(cell.model), index.parameters(cell.model), index.backend(cell.backend),
                scenario.name, scenario.batch, scenario.prompt_tokens},
               {index.backend(cell.backend), {values.begin(), values.end()}});
    }
  }
}

/// The plan's scenarios as one text: overall means over other scenarios are other figures.
std::string scenarios_text(const Dataset& dataset) {
  std::vector<std::string> parts;
  for (int i = 0; i < dataset.planned_scenarios; ++i) {
    const protocol::Scenario& one = dataset.scenarios[static_cast<std::size_t>(i)];
    parts.push_back(fmt::format("{}:{}x{}", one.name, one.batch, one.prompt_tokens));
  }
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const std::string& part : parts) {
    text += part + ";";
  }
  return text;
}

void add_overall(std::size_t machine, const StudyIndex& index, RowList& overall, RowList& fastest) {
  const std::string scenarios = scenarios_text(index.dataset());
  for (const protocol::Mode mode : index.dataset().modes) {
    for (int model = 0; model < index.models(); ++model) {
      const RowKey any{mode, index.model(model), index.parameters(model), "", scenarios, 0, 0};
      const BackendAtSize* best = nullptr;
      const auto backends = backends_at(index, mode, model);
      for (const BackendAtSize& one : backends) {
        if (!one.complete || one.overall.values.empty() || !index.may_rank(model, one.backend)) {
          continue;
        }
        best = best == nullptr || index.better(mode, one.overall.mean, best->overall.mean) ? &one : best;
        RowKey key = any;
        std::get<3>(key) = index.backend(one.backend);
        overall.add(machine, &index.metric(mode), key, {index.backend(one.backend), one.overall.values});
      }
      if (best != nullptr) {
        fastest.add(machine, &index.metric(mode), any, {index.backend(best->backend), best->overall.values});
      }
    }
  }
}

std::vector<MachineRow> compare_rows(const RowList& list, const MachineComparison& comparison) {
  const std::vector<std::string>& no_ratio_because = comparison.no_ratio_because;
  std::vector<MachineRow> result;
  for (const RowValues& one : list.rows()) {
    if (one.by_machine.size() < 2) {
      continue;
    }
    MachineRow row = one.row;
    row.machines.resize(no_ratio_because.size());
    for (std::size_t i = 0; i < row.machines.size(); ++i) {
      row.machines[i].machine = comparison.machines[i];
      row.machines[i].metric = row.metric;
    }
    const auto first = one.by_machine.find(0);
    for (const auto& [machine, measured] : one.by_machine) {
      MachineValue& value = row.machines[machine];
      value.backend = measured.backend;
      value.value = estimate_positive(measured.values);
      if (machine != 0 && first != one.by_machine.end() && no_ratio_because[machine].empty()) {
        value.ratio = compare_values(*row.metric, measured.values, first->second.values);
      }
    }
    result.push_back(std::move(row));
  }
  std::vector<RatioTest*> tests;
  for (MachineRow& row : result) {
    for (MachineValue& value : row.machines) {
      if (value.ratio) {
        tests.push_back(&*value.ratio);
      }
    }
  }
  adjust_family(std::span<RatioTest*>(tests), [](RatioTest& test) -> RatioTest& { return test; });
  std::stable_sort(result.begin(), result.end(), [](const MachineRow& a, const MachineRow& b) {
    return std::tie(a.mode, a.parameters, a.model) < std::tie(b.mode, b.parameters, b.model);
  });
  return result;
}

}  // namespace

MachineComparison compare_machines(std::span<const StudyResults> machines, const Ranking& ranking) {
  MachineComparison result;
  RowList cells;
  RowList overall;
  RowList fastest;
  const Ranking common = machines.empty() ? ranking : with_metric_of_plan(ranking, machines.front().dataset);
  for (std::size_t i = 0; i < machines.size(); ++i) {
    result.machines.push_back(machines[i].name);
    result.no_ratio_because.push_back(i == 0 ? std::string() : other_work(machines[0], machines[i]));
    const StudyIndex index(machines[i].dataset, {common.metric, common.prices, machines[i].name});
    add_cells(i, index, cells);
    add_overall(i, index, overall, fastest);
  }
  result.cells = compare_rows(cells, result);
  result.overall = compare_rows(overall, result);
  result.fastest = compare_rows(fastest, result);
  for (auto* rows : {&result.overall, &result.fastest}) {
    for (MachineRow& row : *rows) {
      row.scenario.clear();  // it told means over other scenarios apart
    }
  }
  return result;
}

}  // namespace inferscale::analysis
