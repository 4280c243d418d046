#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "backend/executor.hpp"
#include "core/clock.hpp"
#include "measure/measurement.hpp"
#include "model/model.hpp"
#include "study/schedule.hpp"
#include "study/study_backend.hpp"
#include "worker/worker_session.hpp"

namespace inferscale {

/// What a backend loads for a model.
struct Inputs {
  std::filesystem::path artifact;  ///< empty when it loads none
  std::filesystem::path weights;   ///< empty when it loads none
  /// Why there is no artifact for it; then its rows have this outcome and message.
  std::optional<Error> not_made;
};

/// Everything that one repetition needs, and nothing that changes from one to the next.
struct RepetitionSettings {
  const Plan* plan = nullptr;
  std::vector<int> cpus;            ///< one a thread
  std::function<bool()> cancelled;  ///< asked at least every 50 ms; true ends the worker
  Executor* executor = nullptr;
};

/// One repetition in its two parts, so that several workers may load at once and none is timed meanwhile. At
/// the deadline, over the memory limit, or when cancelled, the worker's whole process group is killed.
/// Whatever happens becomes the row's outcome and error.
class StartedRepetition {
 public:
  /// Starts a fresh worker, or finds out why it needs none. The arguments must outlive it, and so must the
  /// thread that calls: a worker ends with the thread that started it. load() may run in any thread.
  static StartedRepetition start(const Repetition& repetition, const Model& model,
                                 const StudyBackend& backend, const Inputs& inputs,
                                 const RepetitionSettings& settings);
  /// Loads the model and prepares the shapes.
  void load();
  /// Stops the worker where it is, and lets it go on; its deadline moves on meanwhile. May be called while
  /// load() runs.
  void pause();
  void resume();
  /// How long load() took, without pauses, s; 0 where there was nothing to load.
  [[nodiscard]] double loading_s() const { return loading_s_; }
  /// Measures and checks the reply. The worker lives on, idle.
  Row measure();
  /// Ends the worker in order, or kills it after some seconds.
  void finish();

 private:
  StartedRepetition() = default;
  void end(const Error& error);
  Result<void> try_to_load();
  Result<Measurement> try_to_measure();

  Row row_;
  MeasureRequest measure_request_;
  LoadRequest load_request_;
  int vocabulary_ = 0;
  double loading_s_ = 0;
  std::optional<WorkerSession> session_;  ///< none once the row is decided without it
  std::optional<WorkerPause> pause_;      ///< of the session, or of the one that was
  Clock::duration left_{};                ///< of the plan's timeout_s: waiting for its turn is not counted
};

/// The row's identity and description, without a result (Outcome::error).
Row empty_row(const Repetition& repetition, const Model& model, const StudyBackend& backend,
              const RepetitionSettings& settings);

/// What a worker is asked to load.
LoadRequest make_load_request(const Model& model, const StudyBackend& backend, const Inputs& inputs,
                              const RepetitionSettings& settings);

/// Is this what was asked for? Shape, number and range of the tokens, iterations, and latencies that a clock
/// can have given. Otherwise Outcome::invalid_output.
Result<void> check_measurement(const Measurement& measurement, const MeasureRequest& request,
                               LogitsScope logits, int vocabulary);

}  // namespace inferscale
