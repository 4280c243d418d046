#include "study/planned_checks.hpp"

#include <algorithm>

#include "protocol/needs.hpp"

namespace inferscale::study {
namespace {

/// The backend can run here, and loads a model.
bool can_be_checked(const StudyBackend& backend) {
  return backend.can_run() && loads_a_file(backend.info);
}

/// The reference first.
std::vector<const StudyBackend*> backends_to_check(const PreparedStudy& study) {
  std::vector<const StudyBackend*> backends;
  for (const auto& backend : study.backends) {
    if (can_be_checked(backend)) {
      backends.push_back(&backend);
    }
  }
  if (backends.empty() || !study.reference) {
    return backends;
  }
  const auto reference = std::find_if(backends.begin(), backends.end(), [&](const StudyBackend* backend) {
    return backend->name() == study.reference->name();
  });
  if (reference != backends.end()) {
    std::rotate(backends.begin(), reference, reference + 1);
  } else if (can_be_checked(*study.reference)) {
    backends.insert(backends.begin(), &*study.reference);
  }
  return backends;
}

}  // namespace

bool is_due_at(CheckTime time, const QualityCheck& check) {
  switch (time) {
    case CheckTime::reference:
      return check.is_reference();
    case CheckTime::early:
      return !needs_calibration(*check.backend);
    case CheckTime::last:
      break;
  }
  return true;
}

std::vector<QualityCheck> planned_checks(const PreparedStudy& study) {
  const auto backends = backends_to_check(study);
  std::vector<QualityCheck> checks;
  for (std::size_t i = 0; i < study.models.size(); ++i) {
    const std::string weights(model::weights_origin(study.models[i]));
    for (const StudyBackend* backend : backends) {
      QualityCheck& check = checks.emplace_back();
      check.model = &study.models[i];
      check.backend = backend;
      check.corpus = study.corpora.empty() ? nullptr : &study.corpora[i];
      check.result.model = check.model->name;
      check.result.backend = backend->name();
      check.result.weights = weights;
      check.result.precision = backend->info.precision;
      check.result.reference = study.reference ? study.reference->name() : "";
    }
  }
  return checks;
}

protocol::LogitsScope logits_of_checks(const PreparedStudy& study) {
  return study.corpora.empty() ? study.plan.logits : protocol::LogitsScope::all;
}

bool some_are_early(const PreparedStudy& study) {
  const auto any = [&](bool calibrated) {
    return std::any_of(study.backends.begin(), study.backends.end(), [&](const StudyBackend& backend) {
      return can_be_checked(backend) && needs_calibration(backend) == calibrated;
    });
  };
  return any(true) && any(false);
}

}  // namespace inferscale::study
