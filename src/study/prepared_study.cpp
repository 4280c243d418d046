#include "study/prepared_study.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "artifact/backend_graph.hpp"
#include "machine/environment.hpp"
#include "protocol/needs.hpp"
#include "study/worker_task.hpp"

namespace inferscale::study {

using namespace artifact;
using namespace record;

const model::Model& PreparedStudy::model_of(const ModelBackend& pair) const {
  return *std::find_if(models.begin(), models.end(),
                       [&](const model::Model& one) { return one.name == pair.model; });
}

const StudyBackend& PreparedStudy::backend_of(const ModelBackend& pair) const {
  const auto found = std::find_if(backends.begin(), backends.end(),
                                  [&](const StudyBackend& one) { return one.name() == pair.backend; });
  return found == backends.end() ? *reference : *found;
}

std::size_t PreparedStudy::files_of(const std::string& backend, protocol::Mode mode) const {
  const auto found = std::find_if(backends.begin(), backends.end(),
                                  [&](const StudyBackend& one) { return one.name() == backend; });
  return found == backends.end() ? 0 : group_of(found->info, plan.modes, mode);
}

std::vector<ModelBackend> pairs_of(const PreparedStudy& study, const std::vector<Repetition>& repetitions) {
  std::set<ModelBackend> needed;
  for (const auto& repetition : repetitions) {
    needed.insert(pair_of(repetition));
  }
  std::vector<ModelBackend> pairs;
  for (const auto& model : study.models) {
    for (const auto& backend : study.backends) {
      if (needed.contains({model.name, backend.name()})) {
        pairs.push_back({model.name, backend.name()});
      }
    }
  }
  return pairs;
}

namespace {

/// Two folders of one name would share rows.
Result<void> check_names_differ(const std::vector<std::string>& given,
                                const std::vector<model::Model>& models) {
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (models[i].name == models[j].name) {
        return fail_usage(
            "models: '{}' and '{}' are both called '{}': give one of them a name of its own, as in "
            "{}-2={}",
            given[j], given[i], models[i].name, models[i].name, models[i].folder.string());
      }
    }
  }
  return {};
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
  TRY(check_names_differ(plan.models, study.models));
  TRY_ASSIGN(study.backends, resolve_backends(plan, registry));
  study.reference = choose_reference(study.backends, registry);
  study.exact = choose_exact(registry);
  TRY_ASSIGN(study.corpora, load_study_corpora(plan, study.models));
  for (const auto& backend : study.backends) {
    TRY(quantization_choice(backend.info, options_of(plan, backend.name())));
  }
  study.calibration = calibration_runner(
      registry, std::any_of(study.backends.begin(), study.backends.end(),
                            [](const StudyBackend& backend) { return backend.info.device == "cuda"; }));
  study.plan = std::move(plan);
  study.order = schedule(named);
  if (study.plan.share_workers) {
    study.order =
        in_rounds(study.order, static_cast<std::size_t>(study.plan.parallel_loads),
                  [&](const record::Repetition& one) { return study.files_of(one.backend, one.mode); });
  }
  return study;
}

}  // namespace inferscale::study
