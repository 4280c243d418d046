#include "study/run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "artifact/backend_graph.hpp"
#include "core/log.hpp"
#include "machine/environment.hpp"
#include "study/artifacts.hpp"
#include "study/load_ahead.hpp"
#include "study/progress.hpp"
#include "study/results_folder.hpp"
#include "study/same_files.hpp"
#include "study/started_worker.hpp"
#include "study/study_quality.hpp"

namespace inferscale::study {

using namespace artifact;
using namespace record;

namespace {

/// Repetitions that start a worker; the others (unsupported) take no time and do not count in the progress.
std::size_t count_measured(const std::vector<Repetition>& pending, const StudyInputs& inputs) {
  return static_cast<std::size_t>(std::count_if(
      pending.begin(), pending.end(),
      [&](const Repetition& repetition) { return inputs.reason_not_to_run(repetition).empty(); }));
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
  const bool runs = inputs.reason_not_to_run(repetition).empty();
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
  TRY(write_manifest(store.folder(), inputs.artifacts(),
                     inputs.uses()));  // of what the rows that follow load
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

/// Whether the backends computed the model. It is asked after the measurements; but where the plan lets
/// workers work side by side, while files are made and workers load: nothing is timed then either.
class Accuracy {
 public:
  Accuracy(const PreparedStudy& study, const RunOptions& options, std::filesystem::path folder,
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
      measure_quality_ahead(study_, aside, folder_, store_);
      measured_ = measure_study_quality(study_, aside, folder_, store_);
    };
  }

  /// After the measurements.
  Result<StudyQuality> measured() {
    return measured_ ? std::move(*measured_) : measure_study_quality(study_, options_, folder_, store_);
  }

 private:
  const PreparedStudy& study_;
  const RunOptions& options_;
  std::filesystem::path folder_;
  ArtifactStore& store_;
  std::optional<Result<StudyQuality>> measured_;
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

Result<PreparedStudy> prepare_study(Plan plan, const client::Registry& registry) {
  PreparedStudy study;
  if (plan.label.empty()) {
    plan.label = plan.name.empty() ? "study" : plan.name;
  }
  plan.threads = plan.threads == 0 ? machine::physical_core_count() : plan.threads;
  study.cpus = machine::cpus_for_threads(plan.threads);
  if (study.cpus.size() < static_cast<std::size_t>(plan.threads)) {
    return fail_usage("threads is {}, and this process may use {} CPUs", plan.threads, study.cpus.size());
  }
  Plan named = plan;  // with the models' canonical names: what rows and the order are made of
  for (std::size_t i = 0; i < plan.models.size(); ++i) {
    TRY_ASSIGN(model::Model model, model::resolve_model(plan.models[i]));
    named.models[i] = model.name;
    if (model.seeded()) {
      plan.models[i] = model.name;
    }
    study.models.push_back(std::move(model));
  }
  TRY(validate(plan, "plan"));
  TRY(validate(named, "plan"));  // two folders of one name would share rows
  TRY_ASSIGN(study.backends, resolve_backends(plan, registry));
  study.reference = choose_reference(study.backends, registry);
  study.exact = choose_exact(registry);
  TRY_ASSIGN(study.corpora, load_study_corpora(plan, study.models));
  for (const auto& backend : study.backends) {
    TRY(quantization_choice(backend.info, options_of(plan, backend.info.name)));
  }
  study.calibration = calibration_runner(
      registry, std::any_of(study.backends.begin(), study.backends.end(),
                            [](const StudyBackend& backend) { return backend.info.device == "cuda"; }));
  study.order = schedule(named);
  if (plan.share_workers) {
    study.order = in_rounds(study.order, static_cast<std::size_t>(plan.parallel_loads));
  }
  study.plan = std::move(plan);
  return study;
}

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
  Accuracy accuracy(study, options, folder, artifacts);
  StudyInputs inputs(study, pending, options, artifacts, accuracy.beside());
  // Workers, which load as soon as their files are there, and store.
  const RepetitionSettings settings{&study.plan, study.cpus, options.cancelled, options.executor};
  TRY(measure_all(pending, inputs, settings, store));
  // Whether they computed the model.
  StudyQuality quality;
  if (!options.cancelled()) {
    TRY_ASSIGN(quality, accuracy.measured());
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
