#include "study/load_ahead.hpp"

#include <algorithm>

namespace inferscale {
namespace {

constexpr std::size_t kAliveForEachLoad = 4;  // workers that are ready wait for their turn, and need memory
constexpr std::size_t kHorizon = 1024;        // how far ahead one is started at most

/// Repetitions that take about equally long to load.
std::string kind_of(const Repetition& repetition) {
  return fmt::format("{} {} {}", repetition.model, repetition.backend, to_string(repetition.mode));
}

}  // namespace

LoadAhead::LoadAhead(const std::vector<Repetition>& order, const StudyInputs& inputs,
                     const RepetitionSettings& settings)
    : order_(order),
      inputs_(inputs),
      settings_(settings),
      parallel_(static_cast<std::size_t>(settings.plan->parallel_loads)),
      most_alive_(parallel_ == 1 ? 1 : parallel_ * kAliveForEachLoad) {
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
    load_s_[kind_of(order_[index])] = seconds;
    total_load_s_ += seconds;
    ++loads_;
  }
  changed_.notify_one();
}

void LoadAhead::start(std::size_t index) {
  const Repetition& repetition = order_[index];
  auto started = StartedRepetition::start(repetition, inputs_.model(repetition), inputs_.backend(repetition),
                                          inputs_.files(repetition), settings_);
  auto& entry = entries_[index];
  entry = std::make_unique<Entry>(Entry{std::move(started), false, {}});
  ++loading_;
  entry->thread = std::jthread([this, index, &loads = entry->started] {
    loads.load();
    note_loaded(index);
  });
}

double LoadAhead::lead_of(const Repetition& repetition) const {
  const auto known = load_s_.find(kind_of(repetition));
  if (known == load_s_.end()) {
    return 0;
  }
  // In the time that this one loads, `parallel_` others load at a time: the repetitions that come ready
  // meanwhile.
  return static_cast<double>(parallel_) * known->second / (total_load_s_ / static_cast<double>(loads_));
}

std::size_t LoadAhead::choose(std::size_t next, std::size_t end) const {
  const bool only_due = most_alive_ == 1 || entries_.size() >= most_alive_;
  const std::size_t last = only_due ? end : std::min(order_.size(), next + kHorizon);
  std::size_t chosen = order_.size();
  double earliest = 0;
  for (std::size_t i = next; i < last; ++i) {
    if (entries_.contains(i)) {
      continue;
    }
    const double due = static_cast<double>(i) - lead_of(order_[i]);
    if (chosen == order_.size() || due < earliest) {
      chosen = i;
      earliest = due;
    }
  }
  return chosen;
}

void LoadAhead::start_more(std::size_t next, std::size_t end) {
  while (loading_ < parallel_) {
    const std::size_t index = choose(next, end);
    if (index == order_.size()) {
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
  const std::size_t end = std::min(next + parallel_, order_.size());
  end_finished();
  if (most_alive_ == 1) {
    finished_.clear();
  }
  for (auto& [index, entry] : entries_) {
    entry->started.resume();
  }
  {
    std::unique_lock lock(mutex_);
    while (start_more(next, end), !all_loaded(next, end)) {
      changed_.wait(lock);
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

StartedRepetition& LoadAhead::ready(std::size_t index) {
  const std::scoped_lock lock(mutex_);
  return entries_.at(index)->started;
}

void LoadAhead::finished(std::size_t index) {
  const std::scoped_lock lock(mutex_);
  auto entry = entries_.extract(index);
  finished_.push_back(std::move(entry.mapped()));
}

}  // namespace inferscale
