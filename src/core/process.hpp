#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace inferscale {

struct ProcessOptions {
  std::vector<std::string> arguments;                            ///< argv; [0] is the program's path
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to, or replacing, this process's
  std::string working_folder;                                    ///< empty: this process's
};

struct ExitStatus {
  int code = 0;    ///< exit code, when signal is 0
  int signal = 0;  ///< the signal that ended it
  double user_s = 0;
  double system_s = 0;
  double peak_rss_mb = 0;  ///< maximum resident set, MiB
};

/// A child in a session and a process group of its own, without a controlling terminal, with pipes on stdin,
/// stdout and stderr. Destruction kills the group and all else that the child started, whatever session it
/// moved to, and the kernel kills the child if this process dies first (PR_SET_PDEATHSIG).
class ChildProcess {
 public:
  static Result<ChildProcess> start(const ProcessOptions& options);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Writes a line (a newline is added) to its stdin before the deadline. A closed pipe is Outcome::crash.
  Result<void> write_line(std::string_view line, Clock::time_point deadline);

  enum class ReadStatus { line, end_of_file, deadline, too_long, interrupted };
  struct Read {
    ReadStatus status;
    std::string line;  ///< without its newline
  };
  /// The next line of its stdout; collects stderr meanwhile. Lines are cut off at `max_bytes` (too_long).
  /// Returns `interrupted` when `poll()` (called at least every 50 ms) returns true.
  template <class Poll>
  Read read_line(Clock::time_point deadline, Poll poll_function, std::size_t max_bytes = 64UL << 20) {
    while (true) {
      if (auto line = step(deadline, max_bytes)) {
        return std::move(*line);
      }
      if (poll_function()) {
        return {ReadStatus::interrupted, {}};
      }
    }
  }
  Read read_line(Clock::time_point deadline) {
    return read_line(deadline, [] { return false; });
  }

  /// The last 64 KiB of its stderr so far: all of it that is kept.
  [[nodiscard]] const std::string& stderr_tail() const { return stderr_tail_; }

  void close_stdin();
  /// Waits until it ends or the deadline passes.
  std::optional<ExitStatus> wait_until(Clock::time_point deadline);
  /// Stops the whole process group (SIGSTOP), or lets it go on (SIGCONT). Nothing once it has ended. May be
  /// called while another thread waits for its output.
  void pause();
  void resume();
  /// SIGKILL to all that it started (ProcessMembers) and to itself, then reaps. Safe to call twice.
  ExitStatus kill_group();
  /// Resident memory of the child and all that it started now, MiB.
  [[nodiscard]] double group_rss_mb() const;

 private:
  ChildProcess() = default;
  /// Waits up to 50 ms for output; a finished line or an end, if there is one.
  std::optional<Read> step(Clock::time_point deadline, std::size_t max_bytes);
  void drain_stderr();
  std::optional<ExitStatus> try_reap(bool block);
  void signal_group(int signal);

  pid_t pid_ = -1;
  std::string tag_;  ///< of its environment: ProcessMembers
  /// Held while the pid may stop being ours, and while a signal goes to it.
  std::unique_ptr<std::mutex> reaping_ = std::make_unique<std::mutex>();
  FileDescriptor stdin_, stdout_, stderr_;
  std::string buffer_;
  std::size_t scanned_ = 0;
  std::string stderr_tail_;
  std::optional<ExitStatus> status_;
};

/// Runs to the end with stdin closed and collects stdout: for small helper programs (gnuplot, chromium).
struct RunResult {
  ExitStatus status;
  std::string output;
  std::string errors;
};
Result<RunResult> run_process(const ProcessOptions& options, std::string_view input,
                              std::chrono::seconds timeout);

/// The program's path in $PATH, if it is there.
std::optional<std::string> find_program(std::string_view name);
/// The folder of the running executable.
std::filesystem::path executable_folder();
/// "signal 11 (Segmentation fault)" or "exit code 3".
std::string describe(const ExitStatus& status);

}  // namespace inferscale
