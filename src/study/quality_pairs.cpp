#include "study/quality_pairs.hpp"

#include "protocol/needs.hpp"

#include <algorithm>

namespace inferscale::study {

PreparedStudy with_reference(const PreparedStudy& study) {
  PreparedStudy whole = study;
  if (!study.corpora.empty()) {
    whole.plan.logits = protocol::LogitsScope::all;
  }
  const auto known = [&](const std::string& name) {
    return std::any_of(whole.backends.begin(), whole.backends.end(),
                       [&](const StudyBackend& backend) { return backend.info.name == name; });
  };
  if (study.reference && !known(study.reference->info.name)) {
    whole.backends.push_back(*study.reference);
  }
  std::stable_partition(whole.backends.begin(), whole.backends.end(), [&](const StudyBackend& backend) {
    return study.reference && backend.info.name == study.reference->info.name;
  });
  return whole;
}

std::optional<PreparedStudy> without_calibrated(const PreparedStudy& study) {
  PreparedStudy others = study;
  std::erase_if(others.backends, [](const StudyBackend& backend) { return takes_int8_graph(backend.info); });
  if (others.backends.empty() || others.backends.size() == study.backends.size()) {
    return std::nullopt;
  }
  return others;
}

bool loads_a_model(const StudyBackend& backend) {
  return backend.unsupported_because.empty() && loads_a_file(backend.info);
}

record::Repetition pair_of(const model::Model& model, const StudyBackend& backend) {
  record::Repetition pair;
  pair.model = model.name;
  pair.backend = backend.info.name;
  return pair;
}

std::vector<record::Repetition> pairs_of(const PreparedStudy& study) {
  std::vector<record::Repetition> pairs;
  for (const auto& model : study.models) {
    for (const auto& backend : study.backends) {
      if (loads_a_model(backend)) {
        pairs.push_back(pair_of(model, backend));
      }
    }
  }
  return pairs;
}

}  // namespace inferscale::study
