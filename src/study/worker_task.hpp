#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "record/schedule.hpp"

namespace inferscale::study {

/// What one worker process measures: one repetition; or, where a plan shares workers, every repetition of a
/// model and a backend that has the same number.
struct WorkerTask {
  std::vector<std::size_t> repetitions;  ///< places in the list of repetitions still to do, ascending
};

/// A worker for each repetition.
std::vector<WorkerTask> own_workers(const std::vector<record::Repetition>& pending);
std::vector<WorkerTask> own_workers(const std::vector<std::size_t>& repetitions);

/// Repetitions of a model and a backend that have the same number here load the same files: one worker can
/// measure them.
using FilesOf = std::function<std::size_t(const record::Repetition& repetition)>;
inline std::size_t one_file_for_all(const record::Repetition& /*repetition*/) {
  return 0;
}

/// A worker for each round of a model, a backend and the files that it loads: every cell's repetition of one
/// number. A cell's repetitions still come from as many processes. Round after round, and in each in the
/// order of `pending`.
std::vector<WorkerTask> shared_workers(const std::vector<record::Repetition>& pending,
                                       const FilesOf& files_of = one_file_for_all);

/// When one repetition is measured: its place in the list, its task, and its place in the task.
struct MeasureSlot {
  std::size_t repetition = 0;
  std::size_t task = 0;
  std::size_t index = 0;
};

/// The order in which the repetitions of the tasks [begin, end) are measured: that of the list. Workers that
/// are ready together take turns.
std::vector<MeasureSlot> measure_slots(const std::vector<WorkerTask>& tasks, std::size_t begin,
                                       std::size_t end);

/// The order in which shared workers measure what schedule() shuffled, where `parallel_loads` of them are
/// ready together.
std::vector<record::Repetition> in_rounds(const std::vector<record::Repetition>& shuffled,
                                          std::size_t parallel_loads,
                                          const FilesOf& files_of = one_file_for_all);

}  // namespace inferscale::study
