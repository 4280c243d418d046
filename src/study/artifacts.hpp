#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "study/repetition.hpp"
#include "study/run.hpp"

namespace inferscale {

/// What the repetitions of a study run on: models, backends, and the files they load. Made before anything is
/// timed.
class StudyInputs {
 public:
  /// Makes, or finds in the artifact store, the weights, the graph and the engine of each (model, backend)
  /// that has pending repetitions and can run here. An export that its settings rule out makes the pair
  /// `unsupported`, an engine that cannot be built gives it that failure's outcome; any other failure (full
  /// disk, broken weights) ends the study before it measures anything. As many pairs are made side by side as
  /// the plan lets workers load, and at most six. Stops early, with what it has, when cancelled. Keeps
  /// pointers into `study`, which must outlive it.
  static Result<StudyInputs> make(const PreparedStudy& study, const std::vector<Repetition>& pending,
                                  const RunOptions& options);

  [[nodiscard]] const Model& model(const Repetition& repetition) const {
    return *models_.at(repetition.model);
  }
  [[nodiscard]] const StudyBackend& backend(const Repetition& repetition) const {
    return *backends_.at(repetition.backend);
  }
  [[nodiscard]] const Inputs& files(const Repetition& repetition) const;
  /// Why it has an outcome already, without a worker being started; empty when it runs.
  [[nodiscard]] const std::string& reason_not_to_run(const Repetition& repetition) const;
  /// Each once, the largest model's first.
  [[nodiscard]] const std::vector<Artifact>& artifacts() const { return artifacts_; }

 private:
  StudyInputs() = default;
  void keep(const Artifact& artifact);

  std::map<std::string, const Model*> models_;
  std::map<std::string, const StudyBackend*> backends_;
  std::map<std::pair<std::string, std::string>, Inputs> files_;  ///< by model and backend
  std::vector<Artifact> artifacts_;
};

}  // namespace inferscale
