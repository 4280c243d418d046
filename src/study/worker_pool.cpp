#include "study/worker_pool.hpp"

#include <algorithm>
#include <utility>

namespace inferscale::study {
namespace {

constexpr std::size_t kAliveForEachLoad = 4;  // workers that are ready wait for their turn, and need memory
constexpr std::size_t kHorizon = 1024;        // how far ahead one is started at most

bool any_on_gpu(const std::vector<record::Repetition>& pending, const StudyInputs& inputs) {
  return std::any_of(pending.begin(), pending.end(), [&](const record::Repetition& one) {
    return inputs.backend(pair_of(one)).info.device == "cuda";
  });
}

}  // namespace

WorkerPool::WorkerPool(const std::vector<WorkerTask>& tasks, const std::vector<record::Repetition>& pending,
                       const StudyInputs& inputs, const RepetitionSettings& settings, ConcurrentWork& work)
    : tasks_(tasks),
      pending_(pending),
      inputs_(inputs),
      work_(work),
      settings_(settings),
      parallel_(static_cast<std::size_t>(settings.plan->parallel_loads)),
      most_alive_(parallel_ == 1 ? 1 : parallel_ * kAliveForEachLoad),
      gpu_(parallel_ > 1 && any_on_gpu(pending, inputs)) {
  settings_.cancelled = [this, cancelled = settings.cancelled] { return stopping_ || cancelled(); };
}

WorkerPool::~WorkerPool() {
  stopping_ = true;  // ends what loads
  for (const auto& [index, entry] : entries_) {
    work_.wait_for(entry->loading);
  }
  wait_for_released();
}

std::size_t WorkerPool::load(std::size_t next) {
  const std::size_t end = std::min(next + parallel_, tasks_.size());
  if (most_alive_ == 1) {
    wait_for_released();
  }
  work_.wait_until([&] {
    count_loaded();
    start_more(next, end);
    return work_.prepared() && (inputs_.failed() || all_loaded(next, end));
  });
  wait_for_released();
  return end;
}

void WorkerPool::release(std::size_t task) {
  auto entry = std::move(entries_.extract(task).mapped());
  entry->ending = work_.begin(ConcurrentWork::Kind::ends, [&started = entry->started] { started.finish(); });
  released_.push_back(std::move(entry));
}

void WorkerPool::wait_for_released() {
  for (const auto& entry : released_) {
    work_.wait_for(entry->ending);
  }
  released_.clear();
}

void WorkerPool::start(std::size_t index) {
  std::vector<record::Repetition> repetitions;
  for (const std::size_t one : tasks_[index].repetitions) {
    repetitions.push_back(pending_[one]);
  }
  const ModelBackend pair = pair_of(repetitions.front());
  auto started = StartedWorker::start(repetitions, inputs_.model(pair), inputs_.backend(pair),
                                      inputs_.files(repetitions.front()), settings_);
  auto& entry = entries_[index];
  entry = std::make_unique<Entry>(Entry{std::move(started), nullptr, false, nullptr});
  StartedWorker& worker = entry->started;
  entry->loading = work_.begin_loading([&worker] { worker.load(); },
                                       {[&worker] { worker.pause(); }, [&worker] { worker.resume(); }});
}

void WorkerPool::start_more(std::size_t next, std::size_t end) {
  while (loading() < parallel_ && !inputs_.failed()) {
    const std::size_t index = choose(next, end);
    if (index == tasks_.size()) {
      return;
    }
    start(index);
  }
}

std::size_t WorkerPool::choose(std::size_t next, std::size_t end) const {
  const bool only_due = most_alive_ == 1 || entries_.size() >= most_alive_;
  const std::size_t last = only_due ? end : std::min(tasks_.size(), next + kHorizon);
  const bool prepared = work_.prepared();
  const bool room_on_gpu = prepared || gpu_.has_room();
  std::size_t chosen = tasks_.size();
  double earliest = 0;
  for (std::size_t i = next; i < last; ++i) {
    if (entries_.contains(i) || !may_start(tasks_[i], prepared, room_on_gpu)) {
      continue;
    }
    const double due = static_cast<double>(i) - lead_of(tasks_[i]);
    if (chosen == tasks_.size() || due < earliest) {
      chosen = i;
      earliest = due;
    }
  }
  return chosen;
}

std::string WorkerPool::kind_of(const WorkerTask& task) const {
  const record::Repetition& first = pending_[task.repetitions.front()];
  return fmt::format("{} {} {} {}", first.model, first.backend, to_string(first.mode),
                     task.repetitions.size());
}

double WorkerPool::lead_of(const WorkerTask& task) const {
  const auto known = load_s_.find(kind_of(task));
  if (known == load_s_.end()) {
    return 0;
  }
  // In the time that this one loads, `parallel_` others load at a time: so many tasks come ready.
  return static_cast<double>(parallel_) * known->second / (total_load_s_ / static_cast<double>(loads_));
}

bool WorkerPool::may_start(const WorkerTask& task, bool prepared, bool room_on_gpu) const {
  if (prepared) {
    return true;
  }
  const ModelBackend pair = pair_of(pending_[task.repetitions.front()]);
  if (most_alive_ == 1 || !inputs_.has_room() || !inputs_.ready(pair)) {
    return false;
  }
  return room_on_gpu || inputs_.backend(pair).info.device != "cuda";
}

bool WorkerPool::all_loaded(std::size_t next, std::size_t end) const {
  for (std::size_t i = next; i < end; ++i) {
    const auto found = entries_.find(i);
    if (found == entries_.end() || !work_.is_over(found->second->loading)) {
      return false;
    }
  }
  return true;
}

std::size_t WorkerPool::loading() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [&](const auto& one) {
    return !work_.is_over(one.second->loading);
  }));
}

void WorkerPool::count_loaded() {
  for (const auto& [index, entry] : entries_) {
    if (entry->counted || !work_.is_over(entry->loading)) {
      continue;
    }
    entry->counted = true;
    if (const double seconds = entry->started.loading_s(); seconds > 0) {
      load_s_[kind_of(tasks_[index])] = seconds;
      total_load_s_ += seconds;
      ++loads_;
    }
  }
}

}  // namespace inferscale::study
