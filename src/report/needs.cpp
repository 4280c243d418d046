// What backends take beside time.
#include "report/needs.hpp"

#include <algorithm>
#include <functional>

#include "analysis/quantity.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Of each backend in rank order whose value is known; nothing where none is above 0.
template <class ValueOf, class WordsOf>
Need need_of(const Analysis& analysis, protocol::Mode mode, Need need, ValueOf value_of,
             const WordsOf& words_of) {
  for (const std::string& backend : ranked_backends(analysis, mode)) {
    if (const std::optional<double> value = value_of(backend)) {
      need.bars.push_back({backend, *value, words_of(*value), {}});
    }
  }
  const bool any =
      std::any_of(need.bars.begin(), need.bars.end(), [](const Bar& bar) { return bar.value > 0; });
  return any ? need : Need{};
}

/// Over every mode and workload of the model the largest; nothing where none is known.
std::optional<double> largest(const Analysis& analysis, const std::string& model, const std::string& backend,
                              double CellStatistics::* figure) {
  double most = 0;
  for (const CellStatistics& cell : analysis.cells) {
    if (cell.model == model && cell.backend == backend && cell.outcomes.ok > 0) {
      most = std::max(most, cell.*figure);
    }
  }
  return most > 0 ? std::optional(most) : std::nullopt;
}

/// Of the modes the build that takes longest, or is largest.
std::optional<double> build_figure(const Source& source, const StudyBuilds& builds, const std::string& model,
                                   const std::string& backend, std::optional<double> BuildFacts::* figure) {
  const BackendFacts* facts = find_backend(source.analysis, backend);
  std::optional<double> most;
  for (const protocol::Mode mode : source.analysis.modes) {
    const BuildFacts build =
        build_of({backend, facts == nullptr ? "" : facts->precision, model, mode}, builds, source.plan);
    if (const auto& value = build.*figure; value && *value >= most.value_or(0)) {
      most = value;
    }
  }
  return most;
}

std::string gpu_name(const Json& environment) {
  const auto gpu = environment.is_object() ? environment.find("gpu") : environment.end();
  const std::string name =
      environment.is_object() && gpu != environment.end() ? field_text(*gpu, "name") : std::string();
  return name.empty() ? "the GPU" : name;
}

/// The workload in which most backends have an energy, two at least: loops are too short for the counter in
/// others.
const protocol::Scenario* energy_workload(const Analysis& analysis, protocol::Mode mode,
                                          const std::string& model) {
  const protocol::Scenario* best = nullptr;
  long most = 0;
  for (const protocol::Scenario& scenario : analysis.scenarios) {
    const auto have = std::count_if(analysis.cells.begin(), analysis.cells.end(), [&](const auto& cell) {
      return cell.mode == mode && cell.model == model && cell.scenario == scenario &&
             cell.of(record::kEnergy).n > 0;
    });
    if (have >= most && have > 1) {
      best = &scenario;
      most = have;
    }
  }
  return best;
}

void add_prices(const Source& source, const std::string& model, std::vector<Need>& needs) {
  const auto costs =
      serving_costs(source.analysis, builds_of(source), source.plan, source.prices, source.machine);
  for (const protocol::Mode mode : source.analysis.modes) {
    const std::string name(to_string(mode));
    needs.push_back(need_of(
        source.analysis, mode, {"price_" + name, "Price of a million tokens, " + name, {}, 0},
        [&](const std::string& backend) -> std::optional<double> {
          for (const ServingCost& one : costs) {
            if (one.mode == mode && one.model == model && one.backend == backend) {
              return one.price_per_million_tokens;
            }
          }
          return std::nullopt;
        },
        number_text));
  }
}

void add_energy(const Source& source, const std::string& model, std::vector<Need>& needs) {
  const Analysis& analysis = source.analysis;
  for (const protocol::Mode mode : analysis.modes) {
    const protocol::Scenario* workload = energy_workload(analysis, mode, model);
    if (workload == nullptr) {
      continue;  // nothing to hold one energy against
    }
    const std::string name(to_string(mode));
    const std::string title = fmt::format(
        "Energy a token of {}, {}, batch {}, {} tokens; only loops that last "
        "100 ms have one",
        gpu_name(source.environment), name, workload->batch, workload->prompt_tokens);
    needs.push_back(need_of(
        analysis, mode, {"energy_" + name, title, {}, 0},
        [&](const std::string& backend) -> std::optional<double> {
          for (const CellStatistics& cell : analysis.cells) {
            if (cell.mode == mode && cell.model == model && cell.backend == backend &&
                cell.scenario == *workload && cell.of(record::kEnergy).n > 0) {
              return cell.of(record::kEnergy).mean;
            }
          }
          return std::nullopt;
        },
        [](double value) { return number_text(value) + " mJ"; }));
  }
}

}  // namespace

const ModelSize* needs_model(const Analysis& analysis) {
  for (auto model = analysis.models.rbegin(); model != analysis.models.rend(); ++model) {
    const bool ran = std::any_of(
        analysis.cells.begin(), analysis.cells.end(),
        [&](const CellStatistics& cell) { return cell.model == model->name && cell.outcomes.ok > 0; });
    if (ran) {
      return &*model;
    }
  }
  return nullptr;
}

std::vector<Need> needs_of(const Source& source) {
  const Analysis& analysis = source.analysis;
  const ModelSize* model = needs_model(analysis);
  std::vector<Need> needs;
  if (model == nullptr) {
    return needs;
  }
  const protocol::Mode first = analysis.modes.front();
  const StudyBuilds builds = builds_of(source);
  add_prices(source, model->name, needs);
  const auto memory = [&](Need need, double CellStatistics::* figure) {
    needs.push_back(need_of(
        analysis, first, std::move(need),
        [&](const std::string& backend) { return largest(analysis, model->name, backend, figure); },
        [](double mib) { return number_text(mib) + " MiB"; }));
  };
  const auto build = [&](Need need, std::optional<double> BuildFacts::* figure,
                         const std::function<std::string(double)>& words_of) {
    needs.push_back(need_of(
        analysis, first, std::move(need),
        [&](const std::string& backend) {
          return build_figure(source, builds, model->name, backend, figure);
        },
        words_of));
  };
  memory({"host_memory", "Peak of host memory", {}, 0}, &CellStatistics::memory_peak_mb);
  memory({"gpu_memory", fmt::format("Peak of memory of {}", gpu_name(source.environment)), {}, 0},
         &CellStatistics::gpu_memory_peak_mb);
  build({"size", "Size of the file that is loaded: engine or graph with its weights", {}, 0},
        &BuildFacts::bytes, bytes_text);
  build({"build", "Build time: graph, calibration and engine", {}, 0}, &BuildFacts::seconds,
        [](double seconds) { return seconds > 0 ? number_text(seconds) + " s" : std::string("none"); });
  add_energy(source, model->name, needs);
  std::erase_if(needs, [](const Need& need) { return need.bars.empty(); });
  return needs;
}

std::vector<Need> degradation_of(const Analysis& analysis) {
  std::vector<Need> needs;
  for (const protocol::Mode mode : analysis.modes) {
    const std::string name(to_string(mode));
    Need need{"degradation_" + name, "Degraded repetitions of those tried, " + name, {}, 1};
    bool any = false;
    for (const std::string& backend : ranked_backends(analysis, mode)) {
      for (const OutcomeTotal& total : analysis.outcomes) {
        if (total.mode == mode && total.backend == backend && total.degradation_rate) {
          need.bars.push_back(
              {backend, *total.degradation_rate, percent_text(*total.degradation_rate), total.ci95});
          any = any || total.outcomes.degraded > 0;
        }
      }
    }
    if (any) {
      needs.push_back(std::move(need));
    }
  }
  return needs;
}

}  // namespace inferscale::report
