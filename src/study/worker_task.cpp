#include "study/worker_task.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace inferscale::study {

std::vector<WorkerTask> own_workers(const std::vector<record::Repetition>& pending) {
  std::vector<std::size_t> all(pending.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return own_workers(all);
}

std::vector<WorkerTask> own_workers(const std::vector<std::size_t>& repetitions) {
  std::vector<WorkerTask> tasks;
  for (const std::size_t one : repetitions) {
    tasks.push_back({{one}});
  }
  return tasks;
}

std::vector<WorkerTask> shared_workers(const std::vector<record::Repetition>& pending,
                                       const FilesOf& files_of) {
  std::map<std::tuple<int, std::string, std::string, std::size_t>, WorkerTask> rounds;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    rounds[{pending[i].number, pending[i].model, pending[i].backend, files_of(pending[i])}]
        .repetitions.push_back(i);
  }
  std::vector<WorkerTask> tasks;
  for (auto& [key, task] : rounds) {
    tasks.push_back(std::move(task));
  }
  std::sort(tasks.begin(), tasks.end(), [&](const WorkerTask& a, const WorkerTask& b) {
    const std::size_t first = a.repetitions.front();
    const std::size_t other = b.repetitions.front();
    return std::tie(pending[first].number, first) < std::tie(pending[other].number, other);
  });
  return tasks;
}

std::vector<MeasureSlot> measure_slots(const std::vector<WorkerTask>& tasks, std::size_t begin,
                                       std::size_t end) {
  std::vector<MeasureSlot> all;
  for (std::size_t task = begin; task < end; ++task) {
    for (std::size_t i = 0; i < tasks[task].repetitions.size(); ++i) {
      all.push_back({tasks[task].repetitions[i], task, i});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const MeasureSlot& a, const MeasureSlot& b) { return a.repetition < b.repetition; });
  return all;
}

std::vector<record::Repetition> in_rounds(const std::vector<record::Repetition>& shuffled,
                                          std::size_t parallel_loads, const FilesOf& files_of) {
  const auto tasks = shared_workers(shuffled, files_of);
  std::vector<record::Repetition> order;
  for (std::size_t begin = 0; begin < tasks.size(); begin += parallel_loads) {
    for (const MeasureSlot& slot :
         measure_slots(tasks, begin, std::min(begin + parallel_loads, tasks.size()))) {
      order.push_back(shuffled[slot.repetition]);
    }
  }
  return order;
}

}  // namespace inferscale::study
