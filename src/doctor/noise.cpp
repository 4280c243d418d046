#include "doctor/noise.hpp"

#include <unistd.h>

#include <array>
#include <cmath>
#include <system_error>

#include "analysis/compare_variants.hpp"
#include "analysis/statistics_fields.hpp"
#include "core/clock.hpp"
#include "family/ladder.hpp"
#include "protocol/needs.hpp"
#include "record/row_store.hpp"
#include "study/run.hpp"

namespace inferscale::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::array kRepetitionsShown{3, 5, 10, 20};

/// A folder below the system's for temporary files, for as long as this lives.
class PassingFolder {
 public:
  explicit PassingFolder(fs::path path) : path_(std::move(path)) {}
  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;
  ~PassingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<std::string> backend_to_measure(const client::Registry& registry, const std::string& wanted) {
  if (!wanted.empty()) {
    TRY_ASSIGN(const client::RegisteredBackend found, registry.require(wanted));
    return found.available() ? Result<std::string>(wanted)
                             : fail_as(Outcome::unsupported, "backend '{}' cannot be used: {}", wanted,
                                       found.info.unavailable_because);
  }
  for (const client::RegisteredBackend& backend : registry.backends()) {
    if (backend.available() && loads_a_file(backend.info)) {
      return backend.info.name;
    }
  }
  return fail("no backend can run here: 'inferscale doctor' says why");
}

record::Plan plan_of(const std::string& backend, const NoiseOptions& options) {
  record::Plan plan;
  plan.name = plan.label = "noise";
  plan.models = {options.model.empty() ? family::ladder().at(1).name : options.model};
  for (const char* side : {"first", "second"}) {
    plan.variants.push_back({side, backend, Json::object(), {}, {}});
    plan.backends.push_back(name_in_plan(plan.variants.back()));
  }
  const auto& builtin = protocol::builtin_scenarios();
  plan.scenarios = {builtin[0], builtin[3], builtin[5]};
  plan.modes = {protocol::kDefaultMode};
  plan.repetitions = options.repetitions;
  plan.logits = protocol::LogitsScope::last;
  plan.stop.max_s = 0.1;
  return plan;
}

std::string percent(double share) {
  return share < 0.1 ? fmt::format("{:.2g}%", 100 * share) : fmt::format("{:.0f}%", 100 * share);
}

}  // namespace

Result<Noise> measure_noise(const client::Registry& registry, const NoiseOptions& options) {
  Noise noise;
  TRY_ASSIGN(noise.backend, backend_to_measure(registry, options.backend));
  noise.repetitions = options.repetitions;
  const PassingFolder folder(fs::temp_directory_path() / fmt::format("inferscale-noise-{}", ::getpid()));
  TRY_ASSIGN(const study::PreparedStudy study,
             study::prepare_study(plan_of(noise.backend, options), registry));
  noise.model = study.models.front().name;
  study::RunOptions run;
  run.results_root = folder.path();
  run.artifacts_root = options.artifacts.empty() ? folder.path() / "artifacts" : options.artifacts;
  run.cancelled = options.cancelled;
  const auto started = Clock::now();
  TRY_ASSIGN(const study::RunSummary summary, run_study(study, run));
  if (summary.cancelled) {
    return fail("interrupted");
  }
  noise.seconds = seconds_since(started);
  TRY_ASSIGN(const auto rows, record::read_rows(summary.folder));
  const auto floor = analysis::noise_floor(rows);
  if (!floor) {
    return fail("nothing could be measured on {}: {}", noise.backend, rows.front().error);
  }
  noise.floor = *floor;
  TRY_ASSIGN(const analysis::StudyResults results, analysis::load_study_results(summary.folder));
  TRY_ASSIGN(const analysis::StudyComparison twice,
             analysis::compare_variants(results, {"first", "second"}, {}));
  if (!twice.totals.empty()) {
    noise.same = twice.totals.front().test;
  }
  return noise;
}

std::vector<std::string> describe(const Noise& noise) {
  std::vector<std::string> lines;
  lines.push_back(
      fmt::format("{} on {}, the same thing measured twice, side by side: {} repetitions in {:.0f} s",
                  noise.backend, noise.model, noise.floor.repetitions, noise.seconds));
  lines.push_back(fmt::format("repetitions of one cell spread by {} (the noisiest cell: {})",
                              percent(noise.floor.spread), percent(noise.floor.widest)));
  lines.push_back(fmt::format("the second half of the time was {} {} than the first",
                              percent(std::abs(noise.floor.drift)),
                              noise.floor.drift < 0 ? "slower" : "faster"));
  if (noise.same.ci95) {
    lines.push_back(fmt::format("over all cells the two differ by {}: 95% interval {:.3f} to {:.3f}",
                                percent(std::abs(noise.same.ratio - 1)), noise.same.ci95->low,
                                noise.same.ci95->high));
  }
  lines.emplace_back("so here a difference of one cell between two backends means nothing below");
  for (const int repetitions : kRepetitionsShown) {
    lines.push_back(fmt::format("  {:>6} with {} repetitions each",
                                percent(analysis::meaningless_difference(noise.floor.spread, repetitions)),
                                repetitions));
  }
  return lines;
}

Json to_json(const Noise& noise) {
  Json json = Json::object();
  json["backend"] = noise.backend;
  json["model"] = noise.model;
  json["seconds"] = noise.seconds;
  json["cells"] = noise.floor.cells;
  json["repetitions"] = noise.floor.repetitions;
  json["spread"] = noise.floor.spread;
  json["widest_spread"] = noise.floor.widest;
  json["drift"] = noise.floor.drift;
  json["same"] = fields_json(noise.same);
  json["meaningless_below"] = Json::array();
  for (const int repetitions : kRepetitionsShown) {
    json["meaningless_below"].push_back(
        {{"repetitions", repetitions},
         {"difference", analysis::meaningless_difference(noise.floor.spread, repetitions)}});
  }
  return json;
}

}  // namespace inferscale::doctor
