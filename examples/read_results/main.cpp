// Prints the fastest backend of each cell of a study, and how many times as fast as the next one it is.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <inferscale/analysis/analysis.hpp>
#include <inferscale/analysis/study_results.hpp>
#include <map>
#include <tuple>

using namespace inferscale;
using analysis::CellStatistics;

// "1.20 times NEXT (95% 1.10 to 1.30)", from the study's own test of the two.
std::string lead(const analysis::Analysis& study, const CellStatistics& best, const CellStatistics& next) {
  for (const analysis::ScenarioComparison& pair : study.scenario_comparisons) {
    const bool forward = pair.first == best.backend && pair.second == next.backend;
    const bool backward = pair.first == next.backend && pair.second == best.backend;
    if (pair.model == best.model && pair.mode == best.mode && pair.scenario == best.scenario.name &&
        (forward || backward)) {
      const auto range = pair.test.ci95.value_or(analysis::Interval{0, INFINITY});
      const auto [ratio, low, high] = forward
                                          ? std::tuple(pair.test.ratio, range.low, range.high)
                                          : std::tuple(1 / pair.test.ratio, 1 / range.high, 1 / range.low);
      return fmt::format("{:.3f} times {} (95% {:.3f} to {:.3f})", ratio, next.backend, low, high);
    }
  }
  return "not compared with " + next.backend;
}

Result<void> print_winners(const std::filesystem::path& folder) {
  TRY_ASSIGN(const analysis::StudyResults results, analysis::load_study_results(folder));
  TRY_ASSIGN(const analysis::Analysis study, analysis::analyze(results.dataset));
  std::map<std::tuple<protocol::Mode, std::int64_t, std::string, std::string>, std::vector<CellStatistics>>
      cells;
  for (const CellStatistics& cell : study.cells) {
    if (cell.outcomes.ok > 0 && !analysis::excluding_gate(study.quality, cell.model, cell.backend)) {
      cells[{cell.mode, cell.parameters, cell.model, cell.scenario.name}].push_back(cell);
    }
  }
  for (auto& [key, ranked] : cells) {
    std::ranges::sort(ranked, std::greater{}, [](const auto& cell) { return cell.throughput_tok_s.mean; });
    const CellStatistics& best = ranked.front();
    fmt::print("{} {} {}: {}, {}\n", best.model, to_string(best.mode), best.scenario.name, best.backend,
               ranked.size() > 1 ? lead(study, best, ranked[1]) : "alone");
  }
  return {};
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: read_results RESULTS_FOLDER\n");
    return 2;
  }
  const Result<void> done = print_winners(argv[1]);
  if (!done) {
    fmt::print(stderr, "read_results: {}\n", done.error().message);
  }
  return done ? 0 : 1;
}
