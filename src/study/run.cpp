#include "study/run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/log.hpp"
#include "study/accuracy.hpp"
#include "study/artifacts.hpp"
#include "study/load_ahead.hpp"
#include "study/progress.hpp"
#include "study/results_folder.hpp"
#include "study/same_files.hpp"
#include "study/started_worker.hpp"

namespace inferscale::study {

using namespace artifact;
using namespace record;

namespace {

/// Repetitions that start a worker; the others (unsupported) take no time and do not count in the progress.
std::size_t count_measured(const std::vector<Repetition>& pending, const StudyInputs& inputs) {
  return static_cast<std::size_t>(std::count_if(
      pending.begin(), pending.end(),
      [&](const Repetition& repetition) { return inputs.reason_not_to_run(pair_of(repetition)).empty(); }));
}

std::vector<Repetition> pending_repetitions(const PreparedStudy& study, const RowStore& store) {
  std::vector<Repetition> pending;
  std::copy_if(study.order.begin(), study.order.end(), std::back_inserter(pending),
               [&](const Repetition& repetition) { return !store.has(repetition); });
  return pending;
}

RunSummary summarise(const RowStore& store) {
  RunSummary summary;
  summary.folder = store.folder();
  for (const auto& row : store.rows()) {
    summary.ok += row.outcome == Outcome::ok ? 1U : 0U;
    summary.unsupported += row.outcome == Outcome::unsupported ? 1U : 0U;
    summary.degraded += is_degraded(row.outcome) ? 1U : 0U;
  }
  return summary;
}

/// Keeps the row of a repetition whose worker is loaded; false when the study was cancelled.
Result<bool> measure_one(const Repetition& repetition, StartedWorker& worker, std::size_t index,
                         const StudyInputs& inputs, const RepetitionSettings& settings, RowStore& store,
                         Progress& progress) {
  if (settings.cancelled()) {
    return false;
  }
  const bool runs = inputs.reason_not_to_run(pair_of(repetition)).empty();
  if (runs) {
    progress.starting(describe(repetition));
  }
  const Row row = worker.measure(index);
  if (settings.cancelled() && row.outcome != Outcome::ok) {
    return false;  // it was ended by us: not an outcome of the cell
  }
  TRY(store.append(row));
  if (runs) {
    progress.finished_one();
  }
  if (is_degraded(row.outcome)) {
    progress.note(fmt::format("{}: {}: {}", describe(repetition), to_string(row.outcome), row.error));
  }
  return true;
}

/// Loads and measures in turns, in the study's order, until done or cancelled. Returns the repetitions whose
/// shared worker was lost before their turn.
Result<std::vector<std::size_t>> measure_tasks(const std::vector<WorkerTask>& tasks,
                                               const std::vector<Repetition>& pending,
                                               const StudyInputs& inputs, LoadAhead& workers,
                                               const RepetitionSettings& settings, RowStore& store,
                                               Progress& progress) {
  std::vector<std::size_t> unmeasured;
  for (std::size_t next = 0; next < tasks.size();) {
    progress.starting(describe(pending[tasks[next].repetitions.front()]));
    const std::size_t end = workers.load(next);
    for (const Turn& turn : turns(tasks, next, end)) {
      StartedWorker& worker = workers.ready(turn.task);
      if (worker.lost()) {
        unmeasured.push_back(turn.repetition);
        continue;
      }
      TRY_ASSIGN(const bool go_on, measure_one(pending[turn.repetition], worker, turn.index, inputs, settings,
                                               store, progress));
      if (!go_on) {
        return unmeasured;
      }
    }
    for (; next < end; ++next) {
      workers.finished(next);
    }
  }
  workers.load(tasks.size());
  return unmeasured;
}

/// The workers' part.
Result<void> measure_all(const std::vector<Repetition>& pending, StudyInputs& inputs,
                         const RepetitionSettings& settings, RowStore& store) {
  const auto tasks = settings.plan->share_workers ? shared_workers(pending) : own_workers(pending);
  LoadAhead workers(tasks, pending, inputs, settings);
  workers.load(0);     // as their files come to be there
  TRY(inputs.wait());  // nothing is timed before all are made, or if they cannot be
  TRY(check_same_files(store.folder(), store.rows(), pending, inputs));
  TRY(write_manifest(store.folder(), inputs.artifacts()));  // of what the rows that follow load
  Progress progress(count_measured(pending, inputs));
  TRY_ASSIGN(const auto unmeasured,
             measure_tasks(tasks, pending, inputs, workers, settings, store, progress));
  if (!unmeasured.empty() && !settings.cancelled()) {
    progress.note(fmt::format(
        "{} repetitions whose shared worker failed are measured by workers of their own", unmeasured.size()));
    const auto own = own_workers(unmeasured);
    LoadAhead more(own, pending, inputs, settings);
    TRY(measure_tasks(own, pending, inputs, more, settings, store, progress));
  }
  return {};
}

/// When accuracy is checked: after the measurements; but where the plan lets workers work side by side, while
/// files are made and workers load. Nothing is timed then either.
class AccuracyTime {
 public:
  AccuracyTime(const PreparedStudy& study, const RunOptions& options, std::filesystem::path folder,
               ArtifactStore& store)
      : study_(study), options_(options), folder_(std::move(folder)), store_(store) {}

  /// What StudyInputs is to do beside, if anything. This must outlive it.
  [[nodiscard]] StudyInputs::Beside beside() {
    if (study_.plan.parallel_loads == 1) {
      return {};
    }
    return [this](const std::function<bool()>& cancelled) {
      RunOptions aside = options_;
      aside.cancelled = cancelled;
      Accuracy accuracy(study_, aside, folder_, store_);
      accuracy.check_early();
      checked_ = accuracy.check_all();
    };
  }

  /// After the measurements.
  Result<StudyQuality> checked() {
    return checked_ ? std::move(*checked_) : Accuracy(study_, options_, folder_, store_).check_all();
  }

 private:
  const PreparedStudy& study_;
  const RunOptions& options_;
  std::filesystem::path folder_;
  ArtifactStore& store_;
  std::optional<Result<StudyQuality>> checked_;
};

/// Each file once.
std::vector<Artifact> all_artifacts(std::vector<Artifact> artifacts, const std::vector<Artifact>& more) {
  for (const auto& one : more) {
    const bool known = std::any_of(artifacts.begin(), artifacts.end(),
                                   [&](const Artifact& other) { return other.path == one.path; });
    if (!known) {
      artifacts.push_back(one);
    }
  }
  return artifacts;
}

}  // namespace

Result<RunSummary> run_study(const PreparedStudy& study, const RunOptions& options) {
  // Plan: what is to be done, and what an earlier run has done.
  const auto folder = options.results_root / study.plan.label;
  TRY_ASSIGN(RowStore store, open_results(folder, study.plan, study_environment(study.backends, study.cpus)));
  const std::size_t resumed = store.rows().size();
  const auto pending = pending_repetitions(study, store);
  if (resumed > 0) {
    log_info("{}: {} repetitions are finished, {} to go", folder.string(), resumed, pending.size());
  }
  // Artifacts: all of them before anything is timed.
  ArtifactStore artifacts(options.artifacts_root, options.force_export, options.cancelled);
  AccuracyTime accuracy(study, options, folder, artifacts);
  StudyInputs inputs(study, pairs_of(study, pending), study.plan.logits, options, artifacts,
                     accuracy.beside());
  // Workers, which load as soon as their files are there, and store.
  const RepetitionSettings settings{&study.plan, study.cpus, options.cancelled, options.executor};
  TRY(measure_all(pending, inputs, settings, store));
  // Whether they computed the model.
  StudyQuality quality;
  if (!options.cancelled()) {
    TRY_ASSIGN(quality, accuracy.checked());
  }
  // What it came to.
  TRY(write_failures(folder, store.rows(), quality.results));
  RunSummary summary = summarise(store);
  summary.artifacts = all_artifacts(inputs.artifacts(), quality.artifacts);
  TRY(write_manifest(folder, summary.artifacts));
  summary.gates_failed = count_gates(quality.results, Gate::failed);
  summary.planned = study.order.size();
  summary.resumed = resumed;
  summary.cancelled = options.cancelled();
  return summary;
}

}  // namespace inferscale::study
