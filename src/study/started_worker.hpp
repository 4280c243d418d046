#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/worker_session.hpp"
#include "core/clock.hpp"
#include "study/concurrent_work.hpp"
#include "study/repetition.hpp"

namespace inferscale::study {

/// A fresh worker, and the repetitions that the worker measures: one, or several of one model and backend (a
/// shared worker). Loading is a step of its own: several workers may load at a time, and none is timed then.
/// At the deadline, over the memory limit, or when cancelled, the worker's whole process group is killed.
/// Every failure becomes the row's outcome and error.
class StartedWorker {
 public:
  /// Starts a worker, or finds out why none is needed. `repetitions` is not empty. The other arguments must
  /// outlive the worker, and so must the calling thread: a worker ends with the thread that started it.
  /// load() may run in any thread.
  static StartedWorker start(const std::vector<record::Repetition>& repetitions, const model::Model& model,
                             const StudyBackend& backend, const Inputs& inputs,
                             const RepetitionSettings& settings);
  /// Loads the model and prepares the shapes of all repetitions, in as many times the plan's timeout_s.
  void load();
  /// Stops the worker where it is, and lets it go on. The worker's deadline moves by as much. May be called
  /// while load() runs.
  void pause();
  void resume();
  /// How long load() took, without pauses, s; 0 where there was nothing to load.
  [[nodiscard]] double loading_s() const { return loading_s_; }
  /// The worker is shared, and failed to load, died or may be of no use any more. Repetitions that it has not
  /// measured are to be measured by workers of their own: the loss says nothing about their cells.
  [[nodiscard]] bool lost() const { return shared() && needs_worker_ && !session_; }
  /// Measures the repetition of that index and checks the reply, while nothing else runs. The worker lives
  /// on, idle; a shared one is ended after `error` and `out_of_memory`.
  record::Row measure(std::size_t index, const ConcurrentWork::Alone& alone);
  /// Ends the worker in order, or kills it after some seconds.
  void finish();

 private:
  /// One repetition's row and how it is asked for.
  struct Job {
    record::Row row;
    protocol::MeasureRequest request;
  };

  StartedWorker() = default;
  [[nodiscard]] bool shared() const { return jobs_.size() > 1; }
  /// No repetition can be measured.
  void end_all(const Error& error);
  Result<void> try_to_load();
  Result<protocol::Measurement> try_to_measure(const protocol::MeasureRequest& request);

  std::vector<Job> jobs_;
  protocol::LoadRequest load_request_;
  int vocabulary_ = 0;
  Json quantization_;         ///< of an int8 graph, for rows' details; else null
  std::string not_as_asked_;  ///< of threads and CPUs, for rows' details; else empty
  bool needs_worker_ = false;
  Clock::duration timeout_{};  ///< the plan's timeout_s
  double loading_s_ = 0;
  std::optional<client::WorkerSession> session_;  ///< none once the rows are decided without it
  std::optional<client::WorkerPause> pause_;      ///< of the session, also after its end
  Clock::duration left_{};                        ///< of timeout_: waiting for its turn is not counted
};

}  // namespace inferscale::study
