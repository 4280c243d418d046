#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "client/executor.hpp"
#include "core/json.hpp"

namespace inferscale::client {

/// How long a worker has been paused: time that no deadline counts.
class PauseClock {
 public:
  void pause();
  void resume();
  /// Up to now.
  [[nodiscard]] Clock::duration total() const;

 private:
  mutable std::mutex mutex_;
  std::optional<Clock::time_point> since_;
  Clock::duration before_{};
};

/// Stops a worker where it is, and lets it go on: so that one that still loads disturbs none that is
/// measured. May outlive the client, and be used while another thread waits for the worker's reply.
class WorkerPause {
 public:
  WorkerPause(std::shared_ptr<WorkerChannel> channel, std::shared_ptr<PauseClock> clock)
      : channel_(std::move(channel)), clock_(std::move(clock)) {}
  void pause();
  void resume();
  /// How long it has been paused.
  [[nodiscard]] Clock::duration total() const { return clock_->total(); }

 private:
  std::shared_ptr<WorkerChannel> channel_;
  std::shared_ptr<PauseClock> clock_;
};

struct WorkerLimits {
  double memory_mb = 0;  ///< resident, of the worker and what it started, MiB; 0: none
  std::size_t max_line_bytes = 16UL << 20;
  /// What deadlines that several requests share were made of, seconds: a timeout names it, and not what was
  /// left of it for the last of them. 0: each request has its own.
  double shared_timeout_s = 0;
  /// Asked at least every 50 ms while waiting; true ends the worker (Ctrl-C).
  std::function<bool()> cancelled;
  bool background = false;  ///< at the lowest priority, for what is never timed
};

/// A worker process and the protocol's transport: one JSON object a line in each direction. Whatever becomes
/// of the worker is an Error whose outcome says what: a signal, an exit or a closed output is `crash`; no
/// answer by the deadline `timeout`; more memory than allowed, std::bad_alloc, or a kill by the kernel's OOM
/// killer `out_of_memory`; anything but a JSON object on its output, or a line too long, `error`. The message
/// has the end of its stderr. After any of these the whole process group is gone and the client is of no more
/// use. A reply of type "error" is an Error too, but the worker lives on and takes the next request.
class WorkerClient {
 public:
  static Result<WorkerClient> start(const WorkerProgram& program, WorkerLimits limits = {},
                                    Executor& executor = local_executor());
  WorkerClient(WorkerClient&&) noexcept = default;
  WorkerClient& operator=(WorkerClient&&) noexcept = default;

  /// Sends a request and waits for its reply, which must be of type `reply_type`.
  Result<Json> request(const Json& message, std::string_view reply_type, Clock::time_point deadline);

  /// Asks it to end and waits; kills it at the deadline. An exit code other than 0 is Outcome::crash.
  Result<void> shutdown(Clock::time_point deadline);

  [[nodiscard]] bool alive() const { return channel_ != nullptr; }
  /// While it is alive. Deadlines of requests move on by the time that it is paused.
  [[nodiscard]] WorkerPause pause_switch() const { return {channel_, paused_}; }
  /// The name in error messages: the executable's.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  WorkerClient() = default;
  Result<std::string> receive(Clock::time_point deadline);
  tl::unexpected<Error> end_of_output();
  tl::unexpected<Error> give_up(Outcome outcome, const std::string& what);

  std::string name_;
  WorkerLimits limits_;
  std::shared_ptr<WorkerChannel> channel_;
  std::shared_ptr<PauseClock> paused_ = std::make_shared<PauseClock>();
};

}  // namespace inferscale::client
