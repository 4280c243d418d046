#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace inferscale::study {

/// The threads of a study, but for the one that runs it; and the one place that says what may run while
/// something is timed: nothing.
///
/// A work is of one of three kinds. Files are made and accuracy is checked (`prepares`), workers load
/// (`loads`), and workers that are not needed any more leave (`ends`). Measuring needs an Alone. alone()
/// waits for all work that prepares or ends, and stops all work that loads.
class ConcurrentWork {
 public:
  enum class Kind { prepares, loads, ends };

  /// How a work that loads is stopped where it is, and goes on.
  struct Switch {
    std::function<void()> pause;
    std::function<void()> resume;
  };

  class Task;
  using Handle = std::shared_ptr<Task>;

  /// While it lives, no work of a study runs. Nothing can begin then either.
  class Alone {
   public:
    ~Alone();
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;

   private:
    friend class ConcurrentWork;
    explicit Alone(ConcurrentWork& work);

    ConcurrentWork& work_;
    std::vector<Handle> paused_;
  };

  ConcurrentWork() = default;
  ConcurrentWork(const ConcurrentWork&) = delete;
  ConcurrentWork& operator=(const ConcurrentWork&) = delete;
  /// Waits for all work. Work that is to end early must have been told before.
  ~ConcurrentWork();

  /// Begins `work` on a thread of its own. May be called from any thread, but not while an Alone lives.
  Handle begin(Kind kind, std::function<void()> work);
  /// The same, for a worker's loading.
  Handle begin_loading(std::function<void()> work, Switch hold);
  [[nodiscard]] bool is_over(const Handle& task) const;
  void wait_for(const Handle& task);

  /// What prepares is over.
  [[nodiscard]] bool prepared() const;
  /// Waits for the machine to be quiet, and keeps it so.
  [[nodiscard]] Alone alone() { return Alone(*this); }

  /// Wakes wait_until(): something has changed, such as a file that is there now. The end of a work does so,
  /// too.
  void notify();
  /// Waits until the condition holds. Asks the condition first, and again after every change. The condition
  /// may begin work.
  void wait_until(const std::function<bool()>& condition);

 private:
  Handle add(std::shared_ptr<Task> task);
  [[nodiscard]] bool runs(Kind kind) const;
  void run(Task& task);

  mutable std::mutex mutex_;  ///< guards everything below
  std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  bool is_alone_ = false;
  std::vector<Handle> tasks_;
};

}  // namespace inferscale::study
