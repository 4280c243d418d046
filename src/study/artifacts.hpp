#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "artifact/model_files.hpp"
#include "protocol/needs.hpp"
#include "record/artifact_use.hpp"
#include "study/concurrent_work.hpp"
#include "study/prepared_study.hpp"
#include "study/repetition.hpp"

namespace inferscale::study {

/// What the repetitions of a study run on: models, backends, and the files they load. All files are made
/// before anything is timed; a work that needs only some of them can begin before the others are there.
class StudyInputs {
 public:
  /// Begins to make, or to find in the artifact store, the weights, the graph and the engine of each of the
  /// pairs that can run here, as a work that prepares. `logits`: what graphs return. An export that its
  /// settings rule out makes the pair `unsupported`, an engine that cannot be built gives it that failure's
  /// outcome; any other failure (full disk, broken weights) ends the making. As many pairs are made at a time
  /// as the plan lets workers load, and at most four. Each that is there is told to `work`. Stops early, with
  /// what it has, when cancelled. All arguments but `pairs` must outlive it.
  StudyInputs(const PreparedStudy& study, const std::vector<ModelBackend>& pairs,
              protocol::LogitsScope logits, const RunOptions& options, artifact::ArtifactStore& store,
              ConcurrentWork& work);
  StudyInputs(const StudyInputs&) = delete;
  StudyInputs& operator=(const StudyInputs&) = delete;
  /// Begins no more pairs, and waits for those that are being made.
  ~StudyInputs();

  /// Waits until nothing more is made. The error is a failure that is no pair's own: the study cannot go on.
  Result<void> wait();
  [[nodiscard]] bool finished() const { return finished_; }
  /// wait() is going to give an error.
  [[nodiscard]] bool failed() const;
  /// The pair's files are there, or never will be: files() and known_outcome() say which.
  [[nodiscard]] bool ready(const ModelBackend& pair) const;
  /// Fewer pairs are left to make than may be made at a time: a worker that loads takes no pair's place.
  [[nodiscard]] bool has_room() const { return finished_ || pairs_left_ < pairs_at_a_time_; }

  [[nodiscard]] const model::Model& model(const ModelBackend& pair) const { return study_.model_of(pair); }
  [[nodiscard]] const StudyBackend& backend(const ModelBackend& pair) const {
    return study_.backend_of(pair);
  }
  /// What a check of accuracy loads: the files of the default mode.
  [[nodiscard]] const Inputs& files(const ModelBackend& pair) const { return files(pair, 0); }
  /// What a repetition's mode loads.
  [[nodiscard]] const Inputs& files(const record::Repetition& repetition) const {
    return files(pair_of(repetition), study_.files_of(repetition.backend, repetition.mode));
  }
  /// What a check loads for one of the plan's modes, of any backend that is checked.
  [[nodiscard]] const Inputs& files(const ModelBackend& pair, protocol::Mode mode) const {
    return files(pair, group_of(backend(pair).info, study_.plan.modes, mode));
  }
  /// Why no worker is to be started for the check or the repetition; null when it runs.
  [[nodiscard]] const KnownOutcome* known_outcome(const ModelBackend& check) const {
    return study::known_outcome(backend(check), files(check));
  }
  [[nodiscard]] const KnownOutcome* known_outcome(const record::Repetition& repetition) const {
    return study::known_outcome(backend(pair_of(repetition)), files(repetition));
  }
  /// Repetitions of a pair with one number load the same files.
  [[nodiscard]] std::size_t files_of(const std::string& backend, protocol::Mode mode) const {
    return study_.files_of(backend, mode);
  }
  /// Each once, the largest model's first. Once finished().
  [[nodiscard]] const std::vector<artifact::Artifact>& artifacts() const { return artifacts_; }
  /// For the manifest: what each pair loads in each of the plan's modes, and the models. Once finished().
  [[nodiscard]] const record::StudyUses& uses() const { return uses_; }
  /// Of one of the artifacts, by its path; empty for any other file. Once finished().
  [[nodiscard]] std::string sha256_of(const std::filesystem::path& artifact) const;

 private:
  /// A model and a backend that run together.
  struct Pair {
    const model::Model* model = nullptr;
    const StudyBackend* backend = nullptr;
  };
  static std::vector<Pair> needed_pairs(const PreparedStudy& study, const std::vector<ModelBackend>& wanted);

  void make_all(const std::vector<Pair>& pairs);
  /// Of each group of the plan's modes, in the order of protocol::mode_groups.
  using FilesOfModes = std::vector<artifact::ModelFiles>;
  [[nodiscard]] const Inputs& files(const ModelBackend& pair, std::size_t group) const;
  std::optional<FilesOfModes> make_one(const Pair& pair);
  static void log_made(const Pair& pair, const artifact::ModelFiles& files);
  [[nodiscard]] bool go_on() const;
  void keep(const artifact::Artifact& artifact);
  void keep_use(const Pair& pair, const FilesOfModes& files);

  const PreparedStudy& study_;
  protocol::LogitsScope logits_;
  const RunOptions& options_;
  artifact::ArtifactStore& store_;
  mutable std::mutex mutex_;  ///< guards files_ and failure_, and lines of the log that belong together
  std::map<ModelBackend, std::vector<Inputs>> files_;  ///< none is altered
  std::optional<Error> failure_;
  std::vector<artifact::Artifact> artifacts_;
  record::StudyUses uses_;
  std::size_t pairs_at_a_time_ = 1;
  std::atomic<std::size_t> pairs_left_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> finished_{false};
  ConcurrentWork& work_;
  ConcurrentWork::Handle maker_;
};

}  // namespace inferscale::study
