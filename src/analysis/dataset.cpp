#include "analysis/dataset.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "machine/gpu.hpp"
#include "record/row_contradiction.hpp"

namespace inferscale::analysis {
namespace {

/// Numbers names in the order in which they come; finish() sorts them.
class Names {
 public:
  /// The number, and whether the name is new.
  std::pair<int, bool> number_of(std::string_view name) {
    if (!recent_.empty() && recent_ == name) {  // rows of one cell often follow each other
      return {recent_number_, false};
    }
    auto found = numbers_.find(name);
    const bool is_new = found == numbers_.end();
    if (is_new) {
      found = numbers_.emplace(std::string(name), static_cast<int>(numbers_.size())).first;
    }
    recent_ = found->first;
    recent_number_ = found->second;
    return {recent_number_, is_new};
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, int, Hash, std::equal_to<>> numbers_;
  std::string_view recent_;  // keys of a node-based map do not move
  int recent_number_ = 0;
};

struct BackendRows {
  std::string name, device, precision, backend, variant;
  std::set<std::string, std::less<>> versions;
};

struct CellRows {
  Cell cell;
  int first_error_at = std::numeric_limits<int>::max();
};

std::uint64_t cell_key(int model, int backend, int scenario, protocol::Mode mode) {
  constexpr int kBits = 20;  // a million names of each kind
  return (((static_cast<std::uint64_t>(mode) << kBits | static_cast<std::uint64_t>(model)) << kBits |
           static_cast<std::uint64_t>(backend))
          << kBits) |
         static_cast<std::uint64_t>(scenario);
}

/// new_number[old]: where each item goes when they are sorted.
template <class T, class Less>
std::vector<int> sort_items(std::vector<T>& items, std::size_t fixed, Less less) {
  std::vector<int> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin() + static_cast<std::ptrdiff_t>(fixed), order.end(), [&](int a, int b) {
    return less(items[static_cast<std::size_t>(a)], items[static_cast<std::size_t>(b)]);
  });
  std::vector<T> sorted;
  std::vector<int> new_number(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto old = static_cast<std::size_t>(order[i]);
    new_number[old] = static_cast<int>(i);
    sorted.push_back(std::move(items[old]));
  }
  items = std::move(sorted);
  return new_number;
}

/// What has no row yet is no failure, and may change the answer.
void add_unfinished_notice(Dataset& dataset) {
  if (!dataset.plan) {
    return;
  }
  const PlannedRuns& plan = *dataset.plan;
  const auto planned =
      static_cast<std::int64_t>(plan.backends.size() * plan.modes.size()) * plan.runs_of_a_backend();
  if (dataset.rows < planned) {
    dataset.notices.push_back(fmt::format(
        "the study is not finished: {} of {} repetitions have no row yet, which the same command measures",
        planned - dataset.rows, planned));
  }
}

void add_throttling_notices(Dataset& dataset) {
  std::vector<int> throttled(dataset.backends.size());
  std::vector<int> ok(dataset.backends.size());
  std::vector<std::set<std::string>> reasons(dataset.backends.size());
  for (const Cell& cell : dataset.cells) {
    const auto backend = static_cast<std::size_t>(cell.backend);
    for (const RepetitionValues& repetition : cell.repetitions) {
      ok[backend] += repetition.outcome == Outcome::ok ? 1 : 0;
    }
    for (const auto& [repetition, because] : cell.throttled_because) {
      ++throttled[backend];
      reasons[backend].insert(because.begin(), because.end());
    }
  }
  for (std::size_t backend = 0; backend < throttled.size(); ++backend) {
    if (throttled[backend] > 0) {
      dataset.notices.push_back(
          fmt::format("the GPU was throttled in {} of the {} ok repetitions of '{}': {}", throttled[backend],
                      ok[backend], dataset.backends[backend].name, fmt::join(reasons[backend], ", ")));
    }
  }
}

/// Rows of a backend whose worker says that it ran otherwise than asked.
struct NotAsAsked {
  std::int64_t rows = 0;
  std::string first;  ///< what one of them says; the smallest, so that the order of rows leaves no trace
};

}  // namespace

struct DatasetBuilder::State {
  Names model_names, backend_names, scenario_names;
  std::vector<ModelSize> models;
  std::vector<BackendRows> backends;
  std::vector<protocol::Scenario> scenarios;
  std::set<std::string, std::less<>> studies;
  std::vector<std::string> notices;
  std::optional<PlannedRuns> plan;
  std::unordered_map<std::uint64_t, std::size_t> cell_numbers;
  std::vector<CellRows> cells;
  std::int64_t rows = 0;
  std::int64_t contradictions = 0;
  std::string first_contradiction;                 ///< by place, so that the order of rows leaves no trace
  std::map<std::string, NotAsAsked> not_as_asked;  ///< by backend

  Result<int> model(const record::Row& row, std::string_view place);
  Result<int> scenario(const protocol::Scenario& scenario, std::string_view place);
  int backend(const record::Row& row);
  CellRows& cell(int model, int backend, int scenario, protocol::Mode mode);
  void add_version_notices(Dataset& dataset) const;
  [[nodiscard]] std::vector<BackendFacts> backend_facts() const;
  void note_contradiction(std::string_view place, const std::string& what);
  void note_not_as_asked(const std::string& backend, const std::string& what);
};

Result<int> DatasetBuilder::State::model(const record::Row& row, std::string_view place) {
  const auto [number, is_new] = model_names.number_of(row.model);
  if (is_new) {
    models.push_back({std::string(row.model), row.parameters});
  }
  if (const auto& known = models[static_cast<std::size_t>(number)]; known.parameters != row.parameters) {
    return fail(
        "{}: model '{}' has {} parameters here and {} in another row; give different models different names",
        place, row.model, row.parameters, known.parameters);
  }
  return number;
}

Result<int> DatasetBuilder::State::scenario(const protocol::Scenario& scenario, std::string_view place) {
  const auto [number, is_new] = scenario_names.number_of(scenario.name);
  if (is_new) {
    scenarios.push_back(scenario);
  }
  const auto& known = scenarios[static_cast<std::size_t>(number)];
  if (known.batch != scenario.batch || known.prompt_tokens != scenario.prompt_tokens) {
    return fail(
        "{}: scenario '{}' is {} x {} tokens here and {} x {} elsewhere; give different scenarios different "
        "names",
        place, scenario.name, scenario.batch, scenario.prompt_tokens, known.batch, known.prompt_tokens);
  }
  return number;
}

int DatasetBuilder::State::backend(const record::Row& row) {
  const std::string name = row.variant.empty() ? std::string() : record::name_in_plan(row);
  const auto [number, is_new] = backend_names.number_of(name.empty() ? row.backend : name);
  if (is_new) {
    backends.emplace_back().name = name.empty() ? row.backend : name;
  }
  auto& facts = backends[static_cast<std::size_t>(number)];
  if (!row.variant.empty() && facts.variant.empty()) {
    facts.backend = row.backend;
    facts.variant = row.variant;
  }
  // Rows of a backend that could not start may not know these; the smallest name, so that row order leaves no
  // trace.
  const auto keep = [](std::string& known, std::string_view here) {
    if (!here.empty() && (known.empty() || here < known)) {
      known = here;
    }
  };
  keep(facts.device, row.device);
  keep(facts.precision, row.precision);
  if (!row.runtime_version.empty() && !facts.versions.contains(row.runtime_version)) {
    facts.versions.emplace(row.runtime_version);
  }
  return number;
}

CellRows& DatasetBuilder::State::cell(int model, int backend, int scenario, protocol::Mode mode) {
  const auto [found, is_new] =
      cell_numbers.try_emplace(cell_key(model, backend, scenario, mode), cells.size());
  if (is_new) {
    Cell& cell = cells.emplace_back().cell;
    cell.model = model;
    cell.backend = backend;
    cell.scenario = scenario;
    cell.mode = mode;
  }
  return cells[found->second];
}

DatasetBuilder::DatasetBuilder() : state_(std::make_unique<State>()) {}
DatasetBuilder::~DatasetBuilder() = default;

void DatasetBuilder::add_notice(std::string notice) {
  state_->notices.push_back(std::move(notice));
}

void DatasetBuilder::set_plan(PlannedRuns plan) {
  for (const auto& name : plan.backends) {
    if (state_->backend_names.number_of(name).second) {
      state_->backends.emplace_back().name = name;
    }
  }
  for (const auto& scenario : plan.scenarios) {
    if (state_->scenario_names.number_of(scenario.name).second) {
      state_->scenarios.push_back(scenario);
    }
  }
  state_->plan = std::move(plan);
}

Result<void> DatasetBuilder::add(const record::Row& row, std::string_view place) {
  TRY_ASSIGN(const int model, state_->model(row, place));
  TRY_ASSIGN(const int scenario, state_->scenario(row.scenario, place));
  const int backend = state_->backend(row);
  if (!state_->studies.contains(row.study)) {
    state_->studies.emplace(row.study);
  }
  CellRows& rows = state_->cell(model, backend, scenario, row.mode);
  RepetitionValues& values = rows.cell.repetitions.emplace_back();
  values.number = row.repetition;
  values.outcome = row.outcome;
  if (row.outcome == Outcome::ok) {
    for (std::size_t i = 0; i < record::kMetricCount; ++i) {
      values.values[i] = record::kMetrics[i].of(row);
    }
    if (auto because = machine::throttled_because(row.clocks); !because.empty()) {
      rows.cell.throttled_because.emplace(row.repetition, std::move(because));
    }
    if (auto wrong = record::contradiction_in(row)) {
      state_->note_contradiction(place, *wrong);
    }
    if (const auto otherwise = record::not_as_asked(row)) {
      state_->note_not_as_asked(record::name_in_plan(row), *otherwise);
    }
  }
  if (row.outcome != Outcome::ok && row.repetition < rows.first_error_at) {
    rows.first_error_at = row.repetition;
    rows.cell.first_error = row.error;
  }
  ++state_->rows;
  return {};
}

void DatasetBuilder::State::note_contradiction(std::string_view place, const std::string& what) {
  ++contradictions;
  const std::string text = fmt::format("{}: {}", place, what);
  if (first_contradiction.empty() || text < first_contradiction) {
    first_contradiction = text;
  }
}

void DatasetBuilder::State::note_not_as_asked(const std::string& backend, const std::string& what) {
  NotAsAsked& noted = not_as_asked[backend];
  ++noted.rows;
  if (noted.first.empty() || what < noted.first) {
    noted.first = what;
  }
}

void DatasetBuilder::State::add_version_notices(Dataset& dataset) const {
  for (const auto& backend : dataset.backends) {
    if (backend.runtime_versions.size() > 1) {
      dataset.notices.push_back(fmt::format("backend '{}' was measured with several runtime versions: {}",
                                            backend.name, fmt::join(backend.runtime_versions, ", ")));
    }
  }
  for (const auto& [backend, noted] : not_as_asked) {
    dataset.notices.push_back(
        fmt::format("backend '{}' did not run as it was asked to in {} {}, and counts all the same ({})",
                    backend, noted.rows, noted.rows == 1 ? "row" : "rows", noted.first));
  }
  if (contradictions > 0) {
    dataset.notices.push_back(fmt::format(
        "{} rows contradict themselves, and count all the same ({}): 'inferscale verify' lists them",
        contradictions, first_contradiction));
  }
  if (studies.size() > 1) {
    dataset.notices.push_back(
        fmt::format("the rows come from several studies: {}", fmt::join(studies, ", ")));
  }
}

std::vector<BackendFacts> DatasetBuilder::State::backend_facts() const {
  std::vector<BackendFacts> facts;
  for (const BackendRows& backend : backends) {
    facts.push_back({backend.name,
                     backend.device,
                     backend.precision,
                     {backend.versions.begin(), backend.versions.end()},
                     backend.backend,
                     backend.variant});
  }
  return facts;
}

Result<Dataset> DatasetBuilder::finish() {
  State& state = *state_;
  Dataset dataset;
  const auto model_order = sort_items(state.models, 0, [](const ModelSize& a, const ModelSize& b) {
    return std::tie(a.parameters, a.name) < std::tie(b.parameters, b.name);
  });
  const std::size_t planned_backends = state.plan ? state.plan->backends.size() : 0;
  const std::size_t planned_scenarios = state.plan ? state.plan->scenarios.size() : 0;
  const auto backend_order =
      sort_items(state.backends, planned_backends,
                 [](const BackendRows& a, const BackendRows& b) { return a.name < b.name; });
  const auto scenario_order = sort_items(
      state.scenarios, planned_scenarios, [](const protocol::Scenario& a, const protocol::Scenario& b) {
        return std::tie(a.batch, a.prompt_tokens, a.name) < std::tie(b.batch, b.prompt_tokens, b.name);
      });
  for (auto& rows : state.cells) {
    Cell& cell = rows.cell;
    cell.model = model_order[static_cast<std::size_t>(cell.model)];
    cell.backend = backend_order[static_cast<std::size_t>(cell.backend)];
    cell.scenario = scenario_order[static_cast<std::size_t>(cell.scenario)];
    std::sort(cell.repetitions.begin(), cell.repetitions.end(),
              [](const RepetitionValues& a, const RepetitionValues& b) { return a.number < b.number; });
    const auto twice = std::adjacent_find(cell.repetitions.begin(), cell.repetitions.end(),
                                          [](const auto& a, const auto& b) { return a.number == b.number; });
    if (twice != cell.repetitions.end()) {
      return fail(
          "raw/{}.jsonl: repetition {} of model '{}', backend '{}', scenario '{}' is there twice; remove one "
          "row",
          to_string(cell.mode), twice->number, state.models[static_cast<std::size_t>(cell.model)].name,
          state.backends[static_cast<std::size_t>(cell.backend)].name,
          state.scenarios[static_cast<std::size_t>(cell.scenario)].name);
    }
    dataset.cells.push_back(std::move(cell));
  }
  std::sort(dataset.cells.begin(), dataset.cells.end(), [](const Cell& a, const Cell& b) {
    return std::pair(cell_order(a.mode, a.model, a.backend), a.scenario) <
           std::pair(cell_order(b.mode, b.model, b.backend), b.scenario);
  });
  for (const Cell& cell : dataset.cells) {
    if (dataset.modes.empty() || dataset.modes.back() != cell.mode) {
      dataset.modes.push_back(cell.mode);
    }
  }
  dataset.study = state.studies.empty() ? "" : *state.studies.begin();
  dataset.models = std::move(state.models);
  dataset.backends = state.backend_facts();
  dataset.planned_scenarios = static_cast<int>(state.plan ? planned_scenarios : state.scenarios.size());
  dataset.scenarios = std::move(state.scenarios);
  dataset.plan = std::move(state.plan);
  dataset.notices = std::move(state.notices);
  dataset.rows = state.rows;
  add_unfinished_notice(dataset);
  state.add_version_notices(dataset);
  add_throttling_notices(dataset);
  return dataset;
}

}  // namespace inferscale::analysis
