#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machine/gpu_memory_guard.hpp"
#include "study/artifacts.hpp"
#include "study/concurrent_work.hpp"
#include "study/started_worker.hpp"
#include "study/worker_task.hpp"

namespace inferscale::study {

/// The workers of a study. Up to `parallel_loads` of them load at a time, in an order that has the next ones
/// ready soonest: a worker that needs long (a compiler, an interpreter) begins long before its turn. While
/// the last files are still being made, workers load whose files are there; but on a GPU only as long as half
/// of its memory is free, so that no engine's build lacks it. What still loads when something is measured
/// stands still (ConcurrentWork). With `parallel_loads` 1 there is one worker at a time, from its start to
/// its end, and none before all files are made.
class WorkerPool {
 public:
  /// `tasks` are in the order in which they are measured, of repetitions in `pending`. All arguments must
  /// outlive it. Workers live as long as the thread that makes the pool, which alone may call it.
  WorkerPool(const std::vector<WorkerTask>& tasks, const std::vector<record::Repetition>& pending,
             const StudyInputs& inputs, const RepetitionSettings& settings, ConcurrentWork& work);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Kills what still runs.
  ~WorkerPool();

  /// Loads until nothing prepares any more and the workers of the tasks [next, result) are ready to measure,
  /// or have failed. Earlier if the files cannot be made.
  std::size_t load(std::size_t next);
  /// One that load() has made ready.
  StartedWorker& ready(std::size_t task) { return entries_.at(task)->started; }
  /// The task's worker is needed no more, and leaves.
  void release(std::size_t task);
  /// Waits until all that were released have left.
  void wait_for_released();

 private:
  struct Entry {
    StartedWorker started;
    ConcurrentWork::Handle loading;
    bool counted = false;  ///< its loading time is among load_s_
    ConcurrentWork::Handle ending;
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
  /// The task's files are there, and so is the memory for its worker while engines are built.
  [[nodiscard]] bool may_start(const WorkerTask& task, bool prepared, bool room_on_gpu) const;
  [[nodiscard]] bool all_loaded(std::size_t next, std::size_t end) const;
  [[nodiscard]] std::size_t loading() const;
  /// Takes the times of those that have loaded since.
  void count_loaded();

  const std::vector<WorkerTask>& tasks_;
  const std::vector<record::Repetition>& pending_;
  const StudyInputs& inputs_;
  ConcurrentWork& work_;
  std::atomic<bool> stopping_{false};
  RepetitionSettings settings_;
  std::size_t parallel_;
  std::size_t most_alive_;
  machine::GpuMemoryGuard gpu_;

  std::map<std::size_t, std::unique_ptr<Entry>> entries_;  ///< by task: started, and not released
  std::vector<std::unique_ptr<Entry>> released_;
  std::map<std::string, double> load_s_;  ///< of the last one of the kind (kind_of), s
  double total_load_s_ = 0;
  std::size_t loads_ = 0;
};

}  // namespace inferscale::study
