#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/process.hpp"

namespace inferscale::client {

/// A worker's executable, and what its environment has besides ours.
struct WorkerProgram {
  WorkerProgram() = default;
  WorkerProgram(std::filesystem::path executable)
      : file(std::move(executable)) {}  // NOLINT: most have no more

  std::filesystem::path file;
  std::vector<std::pair<std::string, std::string>> environment;
};

struct WorkerCommand {
  WorkerProgram program;
  std::vector<std::string> arguments;  ///< behind the executable
  bool background = false;             ///< at the lowest priority: it gives way to all others on its CPUs
};

/// A started worker, wherever it runs: lines in, lines out, and its end. Destruction ends the worker and
/// every process that it started.
class WorkerChannel {
 public:
  using Read = ChildProcess::Read;
  using ReadStatus = ChildProcess::ReadStatus;

  WorkerChannel() = default;
  WorkerChannel(const WorkerChannel&) = delete;
  WorkerChannel& operator=(const WorkerChannel&) = delete;
  virtual ~WorkerChannel() = default;

  /// Outcome::timeout when it does not read in time, Outcome::crash when it reads no more.
  virtual Result<void> write_line(std::string_view line, Clock::time_point deadline) = 0;
  /// The next line of its output; `poll` is called at least every 50 ms and ends the wait by returning true.
  virtual Read read_line(Clock::time_point deadline, const std::function<bool()>& poll,
                         std::size_t max_bytes) = 0;
  /// The last of what it wrote to stderr.
  [[nodiscard]] virtual std::string stderr_tail() const = 0;
  /// Resident memory of the worker and what it started, MiB; none where it cannot be known.
  [[nodiscard]] virtual std::optional<double> resident_mb() const = 0;
  /// Whether the system has ended a process for want of memory since this worker was started.
  [[nodiscard]] virtual bool system_ran_out_of_memory() const = 0;
  /// Ends its input, and waits for its end until the deadline.
  virtual std::optional<ExitStatus> finish(Clock::time_point deadline) = 0;
  /// Ends the worker and every process that it started, at once. Safe to call twice.
  virtual ExitStatus kill() = 0;
  /// Stops the worker and what it started where they are, until resume(). May be called from another thread
  /// than the one that waits for its output.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

/// Starts workers. Nothing outside an executor may assume that a worker is a child process of this one.
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;
  virtual Result<std::unique_ptr<WorkerChannel>> start(const WorkerCommand& command) = 0;
};

/// Child processes on this machine, each in a session and a process group of its own.
Executor& local_executor();

}  // namespace inferscale::client
