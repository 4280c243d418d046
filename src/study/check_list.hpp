#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "study/model_backend.hpp"
#include "study/quality_check.hpp"

namespace inferscale::study {

/// The accuracy checks of a study, and how their states change (quality_check.hpp). Starts no worker, and is
/// not synchronised.
class CheckList {
 public:
  /// Which verdicts end a check. What fails while engines are built may fail because of them: such a check
  /// stays due.
  enum class Keep { passed, every };

  CheckList() = default;
  /// Of each model the reference first. All are without files.
  explicit CheckList(std::vector<QualityCheck> checks) : checks_(std::move(checks)) {}

  [[nodiscard]] std::size_t size() const { return checks_.size(); }
  [[nodiscard]] const QualityCheck& operator[](std::size_t index) const { return checks_[index]; }

  /// What earlier runs found out. To be called before any files are made.
  void set_stored(std::vector<record::QualityResult> stored) { stored_ = std::move(stored); }
  /// The files of a check without files are made. `fresh` has the names, the inputs and what figures are
  /// wanted; a stored result with the same inputs takes its place.
  void files_made(std::size_t index, record::QualityResult fresh);
  void leave_out(std::size_t index) { checks_[index].state = CheckState::left_out; }

  /// A time of asking begins: answers that could not be judged are forgotten, and each reference that others
  /// wait for is asked for its logits, which no earlier run kept.
  void begin_asking();
  /// Keeps a worker's answer and judges what can be judged now. The result: the checks that have a verdict
  /// since, in their order.
  std::vector<std::size_t> answer(std::size_t index, BackendQuality answer, Keep keep);

  /// The verdicts of earlier runs that no check here replaces, and then those of the checks.
  [[nodiscard]] std::vector<record::QualityResult> results() const;

 private:
  [[nodiscard]] const QualityCheck* reference_of(const QualityCheck& check) const;
  /// Whether this run finds out about the pair itself.
  [[nodiscard]] bool replaces(const record::QualityResult& stored) const;

  std::vector<QualityCheck> checks_;
  std::vector<record::QualityResult> stored_;
};

}  // namespace inferscale::study
