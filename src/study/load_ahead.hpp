#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "machine/gpu_room.hpp"
#include "study/artifacts.hpp"
#include "study/started_worker.hpp"
#include "study/worker_task.hpp"

namespace inferscale::study {

/// Starts the workers of a study, and has up to `parallel_loads` of them load side by side, in an order that
/// has the next ones ready soonest: a worker that needs long (a compiler, an interpreter) begins long before
/// its turn. While the last files are still being made, those load whose files are there; but on a GPU only
/// as long as half of its memory is free, so that engines are not built in want of it. Nothing loads while
/// anything is measured: workers that are not ready by then are stopped (SIGSTOP) until the next call of
/// load(). With `parallel_loads` 1 there is one worker at a time, from its start to its end, and none before
/// all files are made.
class LoadAhead {
 public:
  /// `tasks` are in the order in which they are measured, of repetitions in `pending`. All arguments must
  /// outlive it; the workers live as long as the thread that makes it.
  LoadAhead(const std::vector<WorkerTask>& tasks, const std::vector<record::Repetition>& pending,
            const StudyInputs& inputs, const RepetitionSettings& settings);
  LoadAhead(const LoadAhead&) = delete;
  LoadAhead& operator=(const LoadAhead&) = delete;
  /// Kills what still runs.
  ~LoadAhead();

  /// Ends the workers that were given to finished(), and loads until all files are made and the workers of
  /// the tasks [next, result) are ready to measure, or have failed. Earlier if the files cannot be made.
  std::size_t load(std::size_t next);
  /// One that load() has made ready.
  StartedWorker& ready(std::size_t index);
  /// Its worker is needed no more; the next load() ends it.
  void finished(std::size_t index);

 private:
  struct Entry {
    StartedWorker started;
    bool loaded = false;
    std::jthread thread;
  };

  void start(std::size_t index);
  /// Starts as many as may load now.
  void start_more(std::size_t next, std::size_t end);
  /// The one to start next, or tasks_.size().
  [[nodiscard]] std::size_t choose(std::size_t next, std::size_t end) const;
  /// Tasks that take about equally long to load.
  [[nodiscard]] std::string kind_of(const WorkerTask& task) const;
  /// How many tasks before its own turn its worker is to start, from how long others like it took.
  [[nodiscard]] double lead_of(const WorkerTask& task) const;
  /// Its files are there, and so is the memory for it beside engines that are being built.
  [[nodiscard]] bool may_start(const WorkerTask& task, bool room_on_gpu) const;
  [[nodiscard]] bool all_loaded(std::size_t next, std::size_t end) const;
  void end_finished();
  void note_loaded(std::size_t index);

  const std::vector<WorkerTask>& tasks_;
  const std::vector<record::Repetition>& pending_;
  const StudyInputs& inputs_;
  std::atomic<bool> stopping_{false};
  RepetitionSettings settings_;
  std::size_t parallel_;
  std::size_t most_alive_;
  machine::GpuRoom gpu_;

  std::mutex mutex_;  ///< guards what load threads touch too: everything below but finished_
  std::condition_variable changed_;
  std::map<std::size_t, std::unique_ptr<Entry>> entries_;  ///< by index, started and not finished
  std::vector<std::unique_ptr<Entry>> finished_;
  std::size_t loading_ = 0;
  std::map<std::string, double> load_s_;  ///< of the last one of the kind (kind_of), s
  double total_load_s_ = 0;
  std::size_t loads_ = 0;
};

}  // namespace inferscale::study
