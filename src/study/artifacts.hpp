#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "artifact/model_files.hpp"
#include "record/artifact_use.hpp"
#include "study/repetition.hpp"
#include "study/run.hpp"

namespace inferscale::study {

/// What the repetitions of a study run on: models, backends, and the files they load. All are made before
/// anything is timed; what needs only some of them can begin before the others are there.
class StudyInputs {
 public:
  /// Is told how to ask whether it should end early.
  using Beside = std::function<void(const std::function<bool()>& cancelled)>;

  /// Begins to make, or to find in the artifact store, the weights, the graph and the engine of each (model,
  /// backend) that has pending repetitions and can run here, on threads of its own. An export that its
  /// settings rule out makes the pair `unsupported`, an engine that cannot be built gives it that failure's
  /// outcome; any other failure (full disk, broken weights) ends it. As many pairs are made side by side as
  /// the plan lets workers load, and at most four. Stops early, with what it has, when cancelled.
  /// `beside`: other work that must be over before anything is timed; it is not finished() before that is.
  /// All arguments but `pending` and `beside` must outlive it.
  StudyInputs(const PreparedStudy& study, const std::vector<record::Repetition>& pending,
              const RunOptions& options, artifact::ArtifactStore& store, Beside beside = {});
  StudyInputs(const StudyInputs&) = delete;
  StudyInputs& operator=(const StudyInputs&) = delete;
  /// Begins nothing more, and waits for what it is at.
  ~StudyInputs();

  /// Until nothing more is made. The error is a failure that is no pair's own: the study cannot go on.
  Result<void> wait();
  [[nodiscard]] bool finished() const { return finished_; }
  /// wait() is going to give an error.
  [[nodiscard]] bool failed() const;
  /// The repetition's files are there, or never will be: files() and reason_not_to_run() have their say.
  [[nodiscard]] bool ready(const record::Repetition& repetition) const;
  /// Fewer pairs are left to make than may be made side by side: other work disturbs none that is waiting.
  [[nodiscard]] bool has_room() const { return finished_ || pairs_left_ < pairs_at_a_time_; }

  [[nodiscard]] const model::Model& model(const record::Repetition& repetition) const {
    return *models_.at(repetition.model);
  }
  [[nodiscard]] const StudyBackend& backend(const record::Repetition& repetition) const {
    return *backends_.at(repetition.backend);
  }
  [[nodiscard]] const Inputs& files(const record::Repetition& repetition) const;
  /// Why it has an outcome already, without a worker being started; empty when it runs.
  [[nodiscard]] const std::string& reason_not_to_run(const record::Repetition& repetition) const;
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
  static std::vector<Pair> needed_pairs(const PreparedStudy& study,
                                        const std::vector<record::Repetition>& pending);

  void make_all(const std::vector<Pair>& pairs, const Beside& beside);
  std::optional<artifact::ModelFiles> make_one(const Pair& pair);
  [[nodiscard]] bool go_on() const;
  void keep(const artifact::Artifact& artifact);
  void keep_use(const Pair& pair, const artifact::ModelFiles& files);

  const PreparedStudy& study_;
  const RunOptions& options_;
  artifact::ArtifactStore& store_;
  std::map<std::string, const model::Model*> models_;
  std::map<std::string, const StudyBackend*> backends_;
  mutable std::mutex mutex_;  ///< guards files_ and failure_, and lines of the log that belong together
  std::map<std::pair<std::string, std::string>, Inputs> files_;  ///< by model and backend; none is altered
  std::optional<Error> failure_;
  std::vector<artifact::Artifact> artifacts_;
  record::StudyUses uses_;
  std::size_t pairs_at_a_time_ = 1;
  std::atomic<std::size_t> pairs_left_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> finished_{false};
  std::jthread maker_;
};

}  // namespace inferscale::study
