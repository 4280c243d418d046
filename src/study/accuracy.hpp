#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "artifact/store.hpp"
#include "record/quality_result.hpp"
#include "study/check_answer.hpp"
#include "study/check_list.hpp"
#include "study/concurrent_work.hpp"
#include "study/planned_checks.hpp"
#include "study/progress.hpp"

namespace inferscale::study {

/// What a study found out about accuracy.
struct StudyQuality {
  /// Of every pair of model and backend that can run, and of the reference.
  std::vector<record::QualityResult> results;
  std::vector<artifact::Artifact> artifacts;  ///< what the checks loaded
};

/// Whether the backends compute the models of a study: parity, and perplexity where the plan has a corpus, of
/// every backend that loads a model and can run here, against study.reference. Results go to quality.json
/// after each; a result that is there with the same inputs (artifacts, versions, corpus) is not measured
/// again. The reference's perplexity is kept in the store (reference_perplexity.hpp). Failures are verdicts;
/// an error means that the study cannot go on. Stops early, with what it has, when cancelled.
class Accuracy {
 public:
  /// `study`, `store` and `work` must outlive it.
  Accuracy(const PreparedStudy& study, const RunOptions& options, std::filesystem::path folder,
           artifact::ArtifactStore& store, ConcurrentWork& work);
  Accuracy(const Accuracy&) = delete;
  Accuracy& operator=(const Accuracy&) = delete;
  /// Ends what was begun.
  ~Accuracy();

  /// Begins every check now, as a work that prepares: check_early(), and then check_all(). `give_up` is asked
  /// often, from several threads; true ends it.
  void begin(std::function<bool()> give_up);
  /// What was found out: of what was begun, or else check_all().
  Result<StudyQuality> finish();

 private:
  /// For the time while engines are built: the reference's perplexity on every model, on half of the CPUs and
  /// at the lowest priority, and then the checks without calibration; a check on the GPU only while half of
  /// its memory is free. Says nothing, and keeps only what passes: check_all() meets all else again.
  void check_early();
  /// Every check that has no verdict yet.
  Result<StudyQuality> check_all();
  Result<void> measure_references();
  /// Makes the files of all checks of that time, and asks the workers of those that are due.
  Result<void> check(CheckTime time);
  /// False when cancelled.
  Result<bool> make_files(CheckTime time);
  /// Begins to count checks, with those that have a verdict already.
  Result<void> report_verdicts();
  Result<void> ask(CheckTime time);
  Result<void> keep_answer(std::size_t index, CheckAnswer answer, CheckTime time);
  [[nodiscard]] CheckContext context(CheckTime time) const;
  [[nodiscard]] std::vector<std::size_t> asked_at(CheckTime time) const;
  /// Of the references that an earlier run judged, what the store still keeps.
  void find_kept_perplexities();
  void show(const std::string& text);
  void report(const record::QualityResult& result);

  const PreparedStudy& study_;
  RunOptions options_;  ///< cancelled, too, when the checks are to end early
  std::filesystem::path folder_;
  artifact::ArtifactStore& store_;
  ConcurrentWork& work_;
  std::atomic<bool> stopping_{false};
  std::function<bool()> give_up_ = [] { return false; };
  ConcurrentWork::Handle begun_;
  std::optional<Result<StudyQuality>> checked_;  ///< by what was begun
  std::optional<StudyInputs> inputs_;            ///< of the time that it is now
  bool has_stored_ = false;                      ///< what earlier runs found out has been read
  std::mutex mutex_;                             ///< guards all below while workers answer
  CheckList checks_;
  std::optional<Progress> progress_;  ///< at the last time
  std::vector<artifact::Artifact> kept_perplexities_;
};

std::size_t count_gates(const std::vector<record::QualityResult>& results, record::Gate gate);

}  // namespace inferscale::study
