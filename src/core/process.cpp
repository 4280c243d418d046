#include "core/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <thread>

#include "core/process_members.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace inferscale {
namespace {

constexpr std::size_t kStderrKept = 64UL << 10;
constexpr std::size_t kStderrAtOnce = 1UL << 20;  // the most that a pipe holds
constexpr int kPollMs = 50;
constexpr std::string_view kTagVariable = "INFERSCALE_CHILD";

struct Pipe {
  FileDescriptor read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail("cannot make a pipe: {}", errno_message(errno));
  }
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

std::vector<std::string> merged_environment(const ProcessOptions& options) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(options.environment.begin(), options.environment.end(),
                                      [&](const auto& pair) { return pair.first == name; });
    if (!replaced && name != kTagVariable) {
      merged.emplace_back(text);
    }
  }
  for (const auto& [name, value] : options.environment) {
    merged.push_back(name + "=" + value);
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& text : strings) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

/// Everything between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const char* program, char** argv, char** envp, const char* folder, const Pipe& in,
                         const Pipe& out, const Pipe& err, const Pipe& exec_error, pid_t parent) {
  ::setsid();  // a process group too; and no terminal: what it prints to /dev/tty reaches nobody
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what its children leave behind stays below it
  if (::getppid() != parent) {
    ::_exit(127);
  }
  ::dup2(in.read.get(), STDIN_FILENO);
  ::dup2(out.write.get(), STDOUT_FILENO);
  ::dup2(err.write.get(), STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  if (folder[0] == '\0' || ::chdir(folder) == 0) {
    ::execvpe(program, argv, envp);
  }
  const int error_number = errno;
  [[maybe_unused]] const auto ignored = ::write(exec_error.write.get(), &error_number, sizeof error_number);
  ::_exit(127);
}

/// "INFERSCALE_CHILD=<our pid>.<start>.<number>": no other process's child has the same.
std::string next_tag() {
  static std::atomic<unsigned long> number{0};
  static const long long start = std::chrono::system_clock::now().time_since_epoch().count();
  return fmt::format("{}={}.{}.{}", kTagVariable, ::getpid(), start, ++number);
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

int remaining_ms(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, kPollMs));
}

}  // namespace

ChildProcess::ChildProcess(ChildProcess&& other) noexcept {
  *this = std::move(other);
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    if (pid_ > 0) {
      kill_group();
    }
    pid_ = std::exchange(other.pid_, -1);
    tag_ = std::exchange(other.tag_, {});
    stdin_ = std::move(other.stdin_);
    stdout_ = std::move(other.stdout_);
    stderr_ = std::move(other.stderr_);
    buffer_ = std::move(other.buffer_);
    scanned_ = std::exchange(other.scanned_, 0);
    stderr_tail_ = std::move(other.stderr_tail_);
    status_ = std::exchange(other.status_, std::nullopt);
  }
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill_group();
  }
}

Result<ChildProcess> ChildProcess::start(const ProcessOptions& options) {
  TRY_ASSIGN(Pipe in, make_pipe());
  TRY_ASSIGN(Pipe out, make_pipe());
  TRY_ASSIGN(Pipe err, make_pipe());
  TRY_ASSIGN(Pipe exec_error, make_pipe());
  auto arguments = options.arguments;
  auto variables = merged_environment(options);
  const std::string tag = next_tag();
  variables.push_back(tag);
  auto argv = pointers(arguments);
  auto envp = pointers(variables);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    return fail("cannot start '{}': {}", options.arguments[0], errno_message(errno));
  }
  if (pid == 0) {
    become(argv[0], argv.data(), envp.data(), options.working_folder.c_str(), in, out, err, exec_error,
           parent);
  }
  ChildProcess child;
  child.pid_ = pid;
  child.tag_ = tag;
  exec_error.write.reset();
  int error_number = 0;
  // Its end is the child's exec, and by then the group exists that others may kill.
  ssize_t told = 0;
  do {  // a signal that arrives meanwhile must not let a group be killed that is not there yet
    told = ::read(exec_error.read.get(), &error_number, sizeof error_number);
  } while (told < 0 && errno == EINTR);
  if (told == sizeof error_number) {
    child.kill_group();
    child.pid_ = -1;
    return fail("cannot start '{}': {}", options.arguments[0], errno_message(error_number));
  }
  child.stdin_ = std::move(in.write);
  child.stdout_ = std::move(out.read);
  child.stderr_ = std::move(err.read);
  for (const int fd : {child.stdin_.get(), child.stdout_.get(), child.stderr_.get()}) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);  // NOLINT(hicpp-signed-bitwise)
  }
  return child;
}

Result<void> ChildProcess::write_line(std::string_view line, Clock::time_point deadline) {
  ::signal(SIGPIPE, SIG_IGN);  // a dead child is an error to report, not a reason to die
  std::string data(line);
  data += '\n';
  std::string_view rest = data;
  while (!rest.empty()) {
    const ssize_t put = ::write(stdin_.get(), rest.data(), rest.size());
    if (put > 0) {
      rest.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      if (Clock::now() >= deadline) {
        return fail_as(Outcome::timeout, "did not read its request in time");
      }
      drain_stderr();
      pollfd writable{stdin_.get(), POLLOUT, 0};
      ::poll(&writable, 1, remaining_ms(deadline));
    } else if (errno != EINTR) {
      return fail_as(Outcome::crash, "closed its input: {}", errno_message(errno));
    }
  }
  return {};
}

std::optional<ChildProcess::Read> ChildProcess::step(Clock::time_point deadline, std::size_t max_bytes) {
  const auto newline = buffer_.find('\n', scanned_);
  if (newline != std::string::npos) {
    Read read{ReadStatus::line, buffer_.substr(0, newline)};
    buffer_.erase(0, newline + 1);
    scanned_ = 0;
    return read;
  }
  scanned_ = buffer_.size();
  if (buffer_.size() > max_bytes) {
    return Read{ReadStatus::too_long, {}};
  }
  if (Clock::now() >= deadline) {
    return Read{ReadStatus::deadline, {}};
  }
  std::array<pollfd, 2> ready{
      {{stdout_.get(), POLLIN, 0}, {stderr_.valid() ? stderr_.get() : -1, POLLIN, 0}}};
  ::poll(ready.data(), ready.size(), remaining_ms(deadline));
  if (ready[1].revents != 0) {
    drain_stderr();
  }
  if (ready[0].revents != 0) {
    std::array<char, 1 << 16> chunk{};
    const ssize_t got = ::read(stdout_.get(), chunk.data(), chunk.size());
    if (got > 0) {
      buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      drain_stderr();
      scanned_ = 0;
      return Read{ReadStatus::end_of_file, std::exchange(buffer_, {})};
    }
  }
  return std::nullopt;
}

void ChildProcess::drain_stderr() {
  std::array<char, 1 << 14> chunk{};
  // No more at once: one that writes faster than this reads must not keep its reader from looking at the
  // clock.
  for (std::size_t taken = 0; stderr_.valid() && taken < kStderrAtOnce;) {
    const ssize_t got = ::read(stderr_.get(), chunk.data(), chunk.size());
    if (got == 0) {
      stderr_.reset();
    }
    if (got <= 0) {
      break;
    }
    taken += static_cast<std::size_t>(got);
    stderr_tail_.append(chunk.data(), static_cast<std::size_t>(got));
    if (stderr_tail_.size() > kStderrKept) {
      stderr_tail_.erase(0, stderr_tail_.size() - kStderrKept);
    }
  }
}

void ChildProcess::close_stdin() {
  stdin_.reset();
}

std::optional<ExitStatus> ChildProcess::try_reap(bool block) {
  const std::scoped_lock lock(*reaping_);
  if (status_ || pid_ <= 0) {
    return status_;
  }
  int raw = 0;
  rusage usage{};
  pid_t reaped = 0;
  do {
    reaped = ::wait4(pid_, &raw, block ? 0 : WNOHANG, &usage);
  } while (reaped < 0 && errno == EINTR);
  if (reaped == pid_) {
    ExitStatus status;
    status.code = WIFEXITED(raw) ? WEXITSTATUS(raw) : 0;
    status.signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
    status.user_s = seconds_of(usage.ru_utime);
    status.system_s = seconds_of(usage.ru_stime);
    status.peak_rss_mb = static_cast<double>(usage.ru_maxrss) / 1024.0;
    status_ = status;
  } else if (reaped < 0) {
    status_ = ExitStatus{};
  }
  return status_;
}

std::optional<ExitStatus> ChildProcess::wait_until(Clock::time_point deadline) {
  while (true) {
    drain_stderr();
    if (auto status = try_reap(false)) {
      return status;
    }
    if (Clock::now() >= deadline) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void ChildProcess::signal_group(int signal) {
  const std::scoped_lock lock(*reaping_);
  if (!status_ && pid_ > 0) {
    ::kill(-pid_, signal);
  }
}

void ChildProcess::pause() {
  signal_group(SIGSTOP);
}

void ChildProcess::resume() {
  signal_group(SIGCONT);
}

ExitStatus ChildProcess::kill_group() {
  if (pid_ <= 0) {
    return status_.value_or(ExitStatus{});
  }
  if (!status_) {
    ::kill(-pid_, SIGSTOP);  // it starts no more, and does not end for want of what is killed first
    ProcessMembers{pid_, tag_}.kill_all_but_leader();
  }
  // Kill before reaping: until the leader is reaped its pid, and so the group's id, cannot be taken by
  // others.
  ::kill(-pid_, SIGKILL);
  const ExitStatus status = try_reap(true).value_or(ExitStatus{});
  ::kill(-pid_, SIGKILL);  // what the group forked in between
  // What was started in between, or outlived a child that ended by itself. By the tag: the pid may be
  // another's.
  ProcessMembers{-1, tag_}.kill_all_but_leader();
  drain_stderr();
  const std::scoped_lock lock(*reaping_);
  pid_ = -1;
  return status;
}

double ChildProcess::group_rss_mb() const {
  return ProcessMembers{pid_, tag_}.rss_mb();
}

Result<RunResult> run_process(const ProcessOptions& options, std::string_view input,
                              std::chrono::seconds timeout) {
  TRY_ASSIGN(ChildProcess child, ChildProcess::start(options));
  const auto deadline = Clock::now() + timeout;
  if (!input.empty()) {
    TRY(child.write_line(input, deadline));
  }
  child.close_stdin();
  RunResult result;
  while (true) {
    auto read = child.read_line(deadline);
    result.output += read.line;
    if (read.status == ChildProcess::ReadStatus::line) {
      result.output += '\n';
      continue;
    }
    if (read.status != ChildProcess::ReadStatus::end_of_file) {
      return fail_as(Outcome::timeout, "'{}' did not finish within {} s", options.arguments[0],
                     timeout.count());
    }
    break;
  }
  const auto status = child.wait_until(deadline);
  if (!status) {
    return fail_as(Outcome::timeout, "'{}' did not finish within {} s", options.arguments[0],
                   timeout.count());
  }
  result.status = *status;
  result.errors = child.stderr_tail();
  return result;
}

std::string describe(const ExitStatus& status) {
  if (status.signal != 0) {
    return fmt::format("signal {} ({})", status.signal, ::strsignal(status.signal));
  }
  return fmt::format("exit code {}", status.code);
}

}  // namespace inferscale
