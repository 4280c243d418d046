#include "study/concurrent_work.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace inferscale::study {

class ConcurrentWork::Task {
 public:
  Kind kind = Kind::prepares;
  std::function<void()> work;
  Switch hold;
  bool over = false;    ///< guarded by the owner's mutex
  std::jthread thread;  ///< joined by the owner, which keeps the task until then
};

ConcurrentWork::~ConcurrentWork() {
  std::vector<Handle> tasks;
  {
    const std::scoped_lock lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const Handle& task : tasks) {
    task->thread.join();
  }
}

ConcurrentWork::Handle ConcurrentWork::begin(Kind kind, std::function<void()> work) {
  auto task = std::make_shared<Task>();
  task->kind = kind;
  task->work = std::move(work);
  return add(std::move(task));
}

ConcurrentWork::Handle ConcurrentWork::begin_loading(std::function<void()> work, Switch hold) {
  auto task = std::make_shared<Task>();
  task->kind = Kind::loads;
  task->work = std::move(work);
  task->hold = std::move(hold);
  return add(std::move(task));
}

ConcurrentWork::Handle ConcurrentWork::add(std::shared_ptr<Task> task) {
  const std::scoped_lock lock(mutex_);
  assert(!is_alone_);
  const auto first_over =
      std::stable_partition(tasks_.begin(), tasks_.end(), [](const Handle& one) { return !one->over; });
  for (auto one = first_over; one != tasks_.end(); ++one) {
    (*one)->thread.join();  // its thread has nothing left to do
  }
  tasks_.erase(first_over, tasks_.end());
  tasks_.push_back(task);
  task->thread = std::jthread([this, &one = *task] { run(one); });
  return task;
}

void ConcurrentWork::run(Task& task) {
  task.work();
  const std::scoped_lock lock(mutex_);
  task.over = true;
  ++changes_;
  changed_.notify_all();
}

bool ConcurrentWork::is_over(const Handle& task) const {
  const std::scoped_lock lock(mutex_);
  return task->over;
}

void ConcurrentWork::wait_for(const Handle& task) {
  wait_until([&] { return is_over(task); });
}

bool ConcurrentWork::runs(Kind kind) const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [&](const Handle& task) { return task->kind == kind && !task->over; });
}

bool ConcurrentWork::prepared() const {
  const std::scoped_lock lock(mutex_);
  return !runs(Kind::prepares);
}

void ConcurrentWork::notify() {
  const std::scoped_lock lock(mutex_);
  ++changes_;
  changed_.notify_all();
}

void ConcurrentWork::wait_until(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto seen = changes_;
    lock.unlock();
    if (condition()) {
      return;
    }
    lock.lock();
    changed_.wait(lock, [&] { return changes_ != seen; });
  }
}

ConcurrentWork::Alone::Alone(ConcurrentWork& work) : work_(work) {
  std::unique_lock lock(work.mutex_);
  work.changed_.wait(lock, [&] { return !work.runs(Kind::prepares) && !work.runs(Kind::ends); });
  work.is_alone_ = true;
  for (const Handle& task : work.tasks_) {
    if (!task->over) {
      task->hold.pause();
      paused_.push_back(task);
    }
  }
}

ConcurrentWork::Alone::~Alone() {
  const std::scoped_lock lock(work_.mutex_);
  work_.is_alone_ = false;
  for (const Handle& task : paused_) {
    task->hold.resume();
  }
}

}  // namespace inferscale::study
