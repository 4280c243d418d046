#include "study/load_ahead.hpp"

#include <algorithm>
namespace inferscale::study {
namespace {

constexpr std::size_t kAliveForEachLoad = 4;  // workers that are ready wait for their turn, and need memory
constexpr std::size_t kHorizon = 1024;        // how far ahead one is started at most
constexpr std::chrono::milliseconds kPollFiles{50};

bool any_on_gpu(const std::vector<record::Repetition>& pending, const StudyInputs& inputs) {
  return std::any_of(pending.begin(), pending.end(), [&](const record::Repetition& one) {
    return inputs.backend(pair_of(one)).info.device == "cuda";
  });
}

}  // namespace

LoadAhead::LoadAhead(const std::vector<WorkerTask>& tasks, const std::vector<record::Repetition>& pending,
                     const StudyInputs& inputs, const RepetitionSettings& settings)
    : tasks_(tasks),
      pending_(pending),
      inputs_(inputs),
      settings_(settings),
      parallel_(static_cast<std::size_t>(settings.plan->parallel_loads)),
      most_alive_(parallel_ == 1 ? 1 : parallel_ * kAliveForEachLoad),
      gpu_(parallel_ > 1 && any_on_gpu(pending, inputs)) {
  settings_.cancelled = [this, cancelled = settings.cancelled] { return stopping_ || cancelled(); };
}

LoadAhead::~LoadAhead() {
  stopping_ = true;  // ends what loads
  for (auto& [index, entry] : entries_) {
    entry->started.resume();
  }
  for (auto& [index, entry] : entries_) {
    entry->thread.join();
  }
}

void LoadAhead::note_loaded(std::size_t index) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = *entries_.at(index);
  entry.loaded = true;
  --loading_;
  if (const double seconds = entry.started.loading_s(); seconds > 0) {
    load_s_[kind_of(tasks_[index])] = seconds;
    total_load_s_ += seconds;
    ++loads_;
  }
  changed_.notify_one();
}

void LoadAhead::start(std::size_t index) {
  std::vector<record::Repetition> repetitions;
  for (const std::size_t one : tasks_[index].repetitions) {
    repetitions.push_back(pending_[one]);
  }
  const ModelBackend pair = pair_of(repetitions.front());
  auto started = StartedWorker::start(repetitions, inputs_.model(pair), inputs_.backend(pair),
                                      inputs_.files(pair), settings_);
  auto& entry = entries_[index];
  entry = std::make_unique<Entry>(Entry{std::move(started), false, {}});
  ++loading_;
  entry->thread = std::jthread([this, index, &loads = entry->started] {
    loads.load();
    note_loaded(index);
  });
}

std::string LoadAhead::kind_of(const WorkerTask& task) const {
  const record::Repetition& first = pending_[task.repetitions.front()];
  return fmt::format("{} {} {} {}", first.model, first.backend, to_string(first.mode),
                     task.repetitions.size());
}

double LoadAhead::lead_of(const WorkerTask& task) const {
  const auto known = load_s_.find(kind_of(task));
  if (known == load_s_.end()) {
    return 0;
  }
  // In the time that this one loads, `parallel_` others load at a time: the tasks that come ready meanwhile.
  return static_cast<double>(parallel_) * known->second / (total_load_s_ / static_cast<double>(loads_));
}

bool LoadAhead::may_start(const WorkerTask& task, bool room_on_gpu) const {
  if (inputs_.finished()) {
    return true;
  }
  const ModelBackend pair = pair_of(pending_[task.repetitions.front()]);
  if (most_alive_ == 1 || !inputs_.has_room() || !inputs_.ready(pair)) {
    return false;
  }
  return room_on_gpu || inputs_.backend(pair).info.device != "cuda";
}

std::size_t LoadAhead::choose(std::size_t next, std::size_t end) const {
  const bool only_due = most_alive_ == 1 || entries_.size() >= most_alive_;
  const std::size_t last = only_due ? end : std::min(tasks_.size(), next + kHorizon);
  const bool has_room = inputs_.finished() || gpu_.has_room();
  std::size_t chosen = tasks_.size();
  double earliest = 0;
  for (std::size_t i = next; i < last; ++i) {
    if (entries_.contains(i) || !may_start(tasks_[i], has_room)) {
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

void LoadAhead::start_more(std::size_t next, std::size_t end) {
  while (loading_ < parallel_ && !inputs_.failed()) {
    const std::size_t index = choose(next, end);
    if (index == tasks_.size()) {
      return;
    }
    start(index);
  }
}

bool LoadAhead::all_loaded(std::size_t next, std::size_t end) const {
  for (std::size_t i = next; i < end; ++i) {
    const auto found = entries_.find(i);
    if (found == entries_.end() || !found->second->loaded) {
      return false;
    }
  }
  return true;
}

/// Side by side: the clean-up of a large model takes time too.
void LoadAhead::end_finished() {
  for (auto& entry : finished_) {
    entry->thread = std::jthread([&started = entry->started] { started.finish(); });
  }
}

std::size_t LoadAhead::load(std::size_t next) {
  const std::size_t end = std::min(next + parallel_, tasks_.size());
  end_finished();
  if (most_alive_ == 1) {
    finished_.clear();
  }
  for (auto& [index, entry] : entries_) {
    entry->started.resume();
  }
  {
    std::unique_lock lock(mutex_);
    while (start_more(next, end), !inputs_.finished() || (!all_loaded(next, end) && !inputs_.failed())) {
      changed_.wait_for(lock, kPollFiles);  // files that come to be there do not notify
    }
  }
  finished_.clear();  // waits for their end: nothing else runs while one is measured
  const std::scoped_lock lock(mutex_);
  for (auto& [index, entry] : entries_) {
    if (!entry->loaded) {
      entry->started.pause();
    }
  }
  return end;
}

StartedWorker& LoadAhead::ready(std::size_t index) {
  const std::scoped_lock lock(mutex_);
  return entries_.at(index)->started;
}

void LoadAhead::finished(std::size_t index) {
  const std::scoped_lock lock(mutex_);
  auto entry = entries_.extract(index);
  finished_.push_back(std::move(entry.mapped()));
}

}  // namespace inferscale::study
