#include "study/check_list.hpp"

#include <algorithm>
#include <utility>

namespace inferscale::study {

void CheckList::files_made(std::size_t index, record::QualityResult fresh) {
  const auto known = std::find_if(stored_.begin(), stored_.end(), [&](const record::QualityResult& one) {
    // What ended without figures may have met a full disk or a short time limit: it is asked again.
    return one.model == fresh.model && one.backend == fresh.backend && one.inputs == fresh.inputs &&
           one.verdict.gate != record::Gate::not_measured;
  });
  QualityCheck& check = checks_[index];
  check.state = known == stored_.end() ? CheckState::due : CheckState::known;
  const std::string weights = fresh.weights;  // results of earlier versions do not say it
  check.result = known == stored_.end() ? std::move(fresh) : *known;
  check.result.weights = weights;
}

void CheckList::begin_asking() {
  for (auto& check : checks_) {
    if (check.state == CheckState::answered) {
      check.state = CheckState::due;
      check.answer.reset();
    }
  }
  for (auto& reference : checks_) {
    const bool awaited = std::any_of(checks_.begin(), checks_.end(), [&](const QualityCheck& one) {
      return one.state == CheckState::due && reference_of(one) == &reference;
    });
    if (awaited && reference.state == CheckState::known && !reference.answer) {
      reference.state = CheckState::logits_due;
    }
  }
}

std::vector<std::size_t> CheckList::answer(std::size_t index, BackendQuality answer, Keep keep) {
  checks_[index].answer = std::move(answer);
  checks_[index].state =
      checks_[index].state == CheckState::logits_due ? CheckState::known : CheckState::answered;
  std::vector<std::size_t> judged;
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    QualityCheck& check = checks_[i];
    const QualityCheck* reference = reference_of(check);
    if (check.state != CheckState::answered || (reference != nullptr && !reference->answer)) {
      continue;
    }
    record::QualityResult result = judged_result(check, reference);
    const bool ends = keep == Keep::every || result.verdict.gate == record::Gate::passed;
    if (ends) {
      check.result = std::move(result);
      judged.push_back(i);
    }
    check.state = ends ? CheckState::judged : CheckState::due;
    if (!ends || !check.is_reference()) {
      check.answer.reset();  // logits are large, and only the reference's are compared with others
    }
  }
  return judged;
}

std::vector<record::QualityResult> CheckList::results() const {
  std::vector<record::QualityResult> results;
  std::copy_if(stored_.begin(), stored_.end(), std::back_inserter(results),
               [&](const record::QualityResult& one) { return !replaces(one); });
  for (const auto& check : checks_) {
    if (check.has_verdict()) {
      results.push_back(check.result);
    }
  }
  return results;
}

const QualityCheck* CheckList::reference_of(const QualityCheck& check) const {
  const auto found = std::find_if(checks_.begin(), checks_.end(), [&](const QualityCheck& one) {
    return one.is_reference() && one.model == check.model && one.state != CheckState::left_out;
  });
  return found == checks_.end() ? nullptr : &*found;
}

bool CheckList::replaces(const record::QualityResult& stored) const {
  return std::any_of(checks_.begin(), checks_.end(), [&](const QualityCheck& check) {
    return check.state != CheckState::no_files && check.state != CheckState::left_out &&
           check.pair() == ModelBackend{stored.model, stored.backend};
  });
}

}  // namespace inferscale::study
