#include "study/run.hpp"

#include <algorithm>
#include <utility>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "study/accuracy.hpp"
#include "study/artifacts.hpp"
#include "study/concurrent_work.hpp"
#include "study/progress.hpp"
#include "study/results_folder.hpp"
#include "study/same_files.hpp"
#include "study/started_worker.hpp"
#include "study/worker_pool.hpp"

namespace inferscale::study {

using namespace artifact;
using namespace record;

namespace {

/// Repetitions that start a worker. The others have a known outcome: they take no time and do not count.
std::size_t count_measured(const std::vector<Repetition>& pending, const StudyInputs& inputs) {
  return static_cast<std::size_t>(std::count_if(
      pending.begin(), pending.end(),
      [&](const Repetition& repetition) { return inputs.known_outcome(repetition) == nullptr; }));
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

/// What measuring reads and writes.
struct Measuring {
  const std::vector<Repetition>& pending;
  const StudyInputs& inputs;
  const RepetitionSettings& settings;
  ConcurrentWork& work;
  RowStore& store;
  Progress progress;
};

/// Keeps the row of a repetition whose worker is loaded; false when the study was cancelled.
Result<bool> measure_one(Measuring& study, const MeasureSlot& slot, StartedWorker& worker,
                         const ConcurrentWork::Alone& alone) {
  if (study.settings.cancelled()) {
    return false;
  }
  const Repetition& repetition = study.pending[slot.repetition];
  const bool runs = study.inputs.known_outcome(repetition) == nullptr;
  if (runs) {
    study.progress.starting(describe(repetition));
  }
  const Row row = worker.measure(slot.index, alone);
  if (study.settings.cancelled() && row.outcome != Outcome::ok) {
    return false;  // we ended the worker: its end is no outcome of the cell
  }
  TRY(study.store.append(row));
  if (runs) {
    study.progress.finished_one();
  }
  if (is_degraded(row.outcome)) {
    study.progress.note(fmt::format("{}: {}: {}", describe(repetition), to_string(row.outcome), row.error));
  }
  return true;
}

/// Measures the tasks [next, end), whose workers are ready, while nothing else runs. False when cancelled.
/// Repetitions whose shared worker was lost before their turn are added to `unmeasured`.
Result<bool> measure_ready(Measuring& study, WorkerPool& workers, const std::vector<MeasureSlot>& slots,
                           std::vector<std::size_t>& unmeasured) {
  const ConcurrentWork::Alone alone = study.work.alone();
  for (const MeasureSlot& slot : slots) {
    StartedWorker& worker = workers.ready(slot.task);
    if (worker.lost()) {
      unmeasured.push_back(slot.repetition);
      continue;
    }
    TRY_ASSIGN(const bool go_on, measure_one(study, slot, worker, alone));
    if (!go_on) {
      return false;
    }
  }
  return true;
}

/// Loads and measures by turns, in the study's order, until done or cancelled. Returns the repetitions whose
/// shared worker was lost before their turn.
Result<std::vector<std::size_t>> measure_tasks(Measuring& study, const std::vector<WorkerTask>& tasks,
                                               WorkerPool& workers) {
  std::vector<std::size_t> unmeasured;
  for (std::size_t next = 0; next < tasks.size();) {
    study.progress.starting(describe(study.pending[tasks[next].repetitions.front()]));
    const std::size_t end = workers.load(next);
    TRY_ASSIGN(const bool go_on, measure_ready(study, workers, measure_slots(tasks, next, end), unmeasured));
    if (!go_on) {
      return unmeasured;
    }
    for (; next < end; ++next) {
      workers.release(next);
    }
  }
  workers.wait_for_released();
  return unmeasured;
}

/// The workers' part, from their start to the last row. Nothing is timed before all files are made, or if
/// they cannot be.
Result<void> measure_all(const std::vector<Repetition>& pending, StudyInputs& inputs,
                         const RepetitionSettings& settings, ConcurrentWork& work, RowStore& store) {
  const auto tasks =
      settings.plan->share_workers
          ? shared_workers(pending,
                           [&](const Repetition& one) { return inputs.files_of(one.backend, one.mode); })
          : own_workers(pending);
  WorkerPool workers(tasks, pending, inputs, settings, work);
  workers.load(0);  // as their files come to be there
  TRY(inputs.wait());
  TRY(check_same_files(store.folder(), store.rows(), pending, inputs));
  // Of what the rows that follow load.
  TRY(write_manifest(store.folder(), inputs.artifacts(), inputs.uses()));
  Measuring study{pending, inputs, settings, work, store, Progress(count_measured(pending, inputs))};
  TRY_ASSIGN(const auto unmeasured, measure_tasks(study, tasks, workers));
  if (!unmeasured.empty() && !settings.cancelled()) {
    study.progress.note(fmt::format(
        "{} repetitions whose shared worker failed are measured by workers of their own", unmeasured.size()));
    const auto own = own_workers(unmeasured);
    WorkerPool more(own, pending, inputs, settings, work);
    TRY(measure_tasks(study, own, more));
  }
  return {};
}

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
  const auto began = Clock::now();
  StudyRun run{utc_timestamp(), 0, 0};
  // Plan: what is to be done, and what an earlier run has done.
  const auto folder = options.results_root / study.plan.label;
  TRY_ASSIGN(RowStore store,
             open_results(folder, study.plan, study_environment(study.backends, study.cpus, folder)));
  const std::size_t resumed = store.rows().size();
  const auto pending = pending_repetitions(study, store);
  if (resumed > 0) {
    log_info("{}: {} repetitions are finished, {} to go", folder.string(), resumed, pending.size());
  }
  // Artifacts: all of them before anything is timed.
  ConcurrentWork work;
  ArtifactStore artifacts(options.artifacts_root, options.force_export, options.cancelled);
  StudyInputs inputs(study, pairs_of(study, pending), study.plan.logits, options, artifacts, work);
  // Accuracy: now, where the plan lets workers work at the same time; else after the measurements.
  Accuracy accuracy(study, options, folder, artifacts, work);
  if (study.plan.parallel_loads > 1) {
    accuracy.begin([&inputs] { return inputs.failed(); });
  }
  // Workers load as soon as their files are there. Measurements begin when nothing else is left to do.
  const RepetitionSettings settings{&study.plan, study.cpus, options.cancelled, options.executor};
  TRY(measure_all(pending, inputs, settings, work, store));
  StudyQuality quality;
  if (!options.cancelled()) {
    TRY_ASSIGN(quality, accuracy.finish());
  }
  // Manifest: what it came to.
  TRY(write_failures(folder, store.rows(), quality.results));
  RunSummary summary = summarise(store);
  summary.artifacts = all_artifacts(inputs.artifacts(), quality.artifacts);
  run.rows = store.rows().size() - resumed;
  run.wall_s = seconds_since(began);
  TRY(write_manifest(folder, summary.artifacts, {}, run.rows > 0 ? std::optional(run) : std::nullopt));
  summary.gates_failed = count_gates(quality.results, Gate::failed);
  summary.accuracy_not_measured = count_gates(quality.results, Gate::not_measured);
  summary.planned = study.order.size();
  summary.resumed = resumed;
  summary.cancelled = options.cancelled();
  return summary;
}

}  // namespace inferscale::study
