#include <sys/resource.h>

#include <cctype>
#include <fstream>
#include <utility>

#include "client/executor.hpp"

namespace inferscale::client {
namespace {

constexpr int kLowestPriority = 19;  // see setpriority(2)

/// How many processes the kernel's OOM killer has ended since boot; 0 where the kernel does not say.
long oom_kill_count() {
  std::ifstream vmstat("/proc/vmstat");
  std::string name;
  long value = 0;
  while (vmstat >> name >> value) {
    if (name == "oom_kill") {
      return value;
    }
  }
  return 0;
}

class LocalWorker final : public WorkerChannel {
 public:
  explicit LocalWorker(ChildProcess child) : child_(std::move(child)) {}

  Result<void> write_line(std::string_view line, Clock::time_point deadline) override {
    return child_.write_line(line, deadline);
  }
  Read read_line(Clock::time_point deadline, const std::function<bool()>& poll,
                 std::size_t max_bytes) override {
    return child_.read_line(deadline, std::cref(poll), max_bytes);
  }
  [[nodiscard]] std::string stderr_tail() const override { return child_.stderr_tail(); }
  [[nodiscard]] std::optional<double> resident_mb() const override { return child_.group_rss_mb(); }
  [[nodiscard]] bool system_ran_out_of_memory() const override {
    return oom_kill_count() > oom_kills_before_;
  }
  std::optional<ExitStatus> finish(Clock::time_point deadline) override {
    child_.close_stdin();
    return child_.wait_until(deadline);
  }
  ExitStatus kill() override { return child_.kill_group(); }
  void pause() override { child_.pause(); }
  void resume() override { child_.resume(); }

 private:
  long oom_kills_before_ = oom_kill_count();
  ChildProcess child_;
};

class LocalExecutor final : public Executor {
 public:
  Result<std::unique_ptr<WorkerChannel>> start(const WorkerCommand& command) override {
    ProcessOptions options;
    options.arguments.push_back(command.program.file.string());
    options.environment = command.program.environment;
    options.arguments.insert(options.arguments.end(), command.arguments.begin(), command.arguments.end());
    TRY_ASSIGN(ChildProcess child, ChildProcess::start(options));
    if (command.background) {  // threads inherit it; where it cannot be had, others wait longer, no more
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(child.pid()), kLowestPriority);
    }
    return std::make_unique<LocalWorker>(std::move(child));
  }
};

}  // namespace

Executor& local_executor() {
  static LocalExecutor executor;
  return executor;
}

}  // namespace inferscale::client
