#include "client/worker_client.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/outcome.hpp"
#include "core/plain_text.hpp"

namespace inferscale::client {
namespace {

using namespace std::chrono_literals;

constexpr auto kExitGrace = 2s;               // between the end of its output and its exit
constexpr auto kMemoryCheckInterval = 200ms;  // a look at /proc costs about a millisecond
constexpr std::size_t kExcerptBytes = 120;
constexpr std::size_t kStderrInMessage = 600;
constexpr std::size_t kMaxErrorBytes = 64U << 10U;  // a row keeps it, and reports quote it

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string result(text.substr(0, max_bytes));
  std::replace_if(result.begin(), result.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text.size() > max_bytes ? result + "..." : result;
}

/// The last lines of stderr, on one line.
std::string stderr_end(const std::string& tail) {
  const auto last = tail.find_last_not_of(" \n\r\t");
  if (last == std::string::npos) {
    return {};
  }
  std::string_view text(tail.data(), last + 1);
  if (text.size() > kStderrInMessage) {
    text.remove_prefix(text.size() - kStderrInMessage);
    if (const auto newline = text.find('\n'); newline != std::string_view::npos) {
      text.remove_prefix(newline + 1);
    }
  }
  return printable(text, kStderrInMessage);
}

bool is_bad_alloc(const std::string& tail) {
  return tail.find("std::bad_alloc") != std::string::npos;
}

}  // namespace

void PauseClock::pause() {
  const std::scoped_lock lock(mutex_);
  since_ = since_.value_or(Clock::now());
}

void PauseClock::resume() {
  const std::scoped_lock lock(mutex_);
  if (since_) {
    before_ += Clock::now() - *since_;
    since_.reset();
  }
}

Clock::duration PauseClock::total() const {
  const std::scoped_lock lock(mutex_);
  return before_ + (since_ ? Clock::now() - *since_ : Clock::duration{});
}

void WorkerPause::pause() {
  clock_->pause();
  channel_->pause();
}

void WorkerPause::resume() {
  channel_->resume();
  clock_->resume();
}

Result<WorkerClient> WorkerClient::start(const WorkerProgram& program, WorkerLimits limits,
                                         Executor& executor) {
  WorkerClient client;
  client.name_ = program.file.filename().string();
  client.limits_ = std::move(limits);
  TRY_ASSIGN(client.channel_, executor.start({program, {}, client.limits_.background}));
  return client;
}

/// Ends the worker; its stderr goes into the message.
tl::unexpected<Error> WorkerClient::give_up(Outcome outcome, const std::string& what) {
  std::string message = fmt::format("{} {}", name_, what);
  channel_->kill();  // collects what stderr still holds
  if (const auto tail = stderr_end(channel_->stderr_tail()); !tail.empty()) {
    message += fmt::format("; its stderr ends: {}", tail);
  }
  channel_.reset();
  return fail_as(outcome, "{}", message);
}

tl::unexpected<Error> WorkerClient::end_of_output() {
  const auto status = channel_->finish(Clock::now() + kExitGrace);
  if (!status) {
    return give_up(Outcome::crash, "closed its output without an answer");
  }
  if (status->signal == SIGKILL && channel_->system_ran_out_of_memory()) {
    return give_up(Outcome::out_of_memory, "was killed because the system ran out of memory");
  }
  if (status->signal != 0 && is_bad_alloc(channel_->stderr_tail())) {
    return give_up(Outcome::out_of_memory, "could not allocate memory (std::bad_alloc)");
  }
  return give_up(Outcome::crash, fmt::format("ended without an answer: {}", describe(*status)));
}

Result<std::string> WorkerClient::receive(Clock::time_point deadline) {
  auto next_memory_check = Clock::now();
  double resident_mb = 0;
  bool cancelled = false;
  const auto poll = [&] {
    cancelled = limits_.cancelled && limits_.cancelled();
    if (limits_.memory_mb > 0 && Clock::now() >= next_memory_check) {
      resident_mb = channel_->resident_mb().value_or(0);
      next_memory_check = Clock::now() + kMemoryCheckInterval;
    }
    return cancelled || (limits_.memory_mb > 0 && resident_mb > limits_.memory_mb);
  };
  const auto started = Clock::now();
  const auto paused_before = paused_->total();
  auto read = channel_->read_line(deadline, poll, limits_.max_line_bytes);
  while (read.status == ChildProcess::ReadStatus::deadline &&
         Clock::now() < deadline + (paused_->total() - paused_before)) {
    read = channel_->read_line(deadline + (paused_->total() - paused_before), poll, limits_.max_line_bytes);
  }
  switch (read.status) {
    case ChildProcess::ReadStatus::line:
      return std::move(read.line);
    case ChildProcess::ReadStatus::end_of_file:
      if (!read.line.empty()) {
        return give_up(Outcome::error, fmt::format("ended in the middle of a line: '{}'",
                                                   printable(read.line, kExcerptBytes)));
      }
      return end_of_output();
    case ChildProcess::ReadStatus::deadline:
      return give_up(
          Outcome::timeout,
          limits_.shared_timeout_s > 0
              ? fmt::format("was not done within the time limit of {:g} s and was killed",
                            limits_.shared_timeout_s)
              : fmt::format("gave no answer within {:.1f} s and was killed", seconds_since(started)));
    case ChildProcess::ReadStatus::too_long:
      return give_up(Outcome::error,
                     fmt::format("wrote a line of more than {} bytes", limits_.max_line_bytes));
    case ChildProcess::ReadStatus::interrupted:
      break;
  }
  if (cancelled) {
    return give_up(Outcome::error, "was ended because the run was interrupted");
  }
  return give_up(Outcome::out_of_memory,
                 fmt::format("used {:.0f} MiB, more than its limit of {:.0f} MiB, and was "
                             "killed",
                             resident_mb, limits_.memory_mb));
}

Result<Json> WorkerClient::request(const Json& message, std::string_view reply_type,
                                   Clock::time_point deadline) {
  if (!alive()) {
    return fail_as(Outcome::crash, "{} has ended already", name_);
  }
  if (auto written = channel_->write_line(to_line(message), deadline); !written) {
    if (written.error().outcome == Outcome::crash) {
      return end_of_output();
    }
    return give_up(written.error().outcome, written.error().message);
  }
  TRY_ASSIGN(const std::string line, receive(deadline));
  auto reply = parse_json(line, name_);
  const bool is_message =
      reply && reply->is_object() && reply->contains("type") && (*reply)["type"].is_string();
  if (!is_message) {
    return give_up(Outcome::error, fmt::format("wrote to stdout what is not a message of the protocol: '{}'",
                                               printable(line, kExcerptBytes)));
  }
  const auto type = (*reply)["type"].get<std::string>();
  if (type == "error") {
    const Json& outcome = reply->contains("outcome") ? (*reply)["outcome"] : Json();
    const Json& text = reply->contains("message") ? (*reply)["message"] : Json();
    const auto parsed = outcome.is_string() ? parse_outcome(outcome.get<std::string>()) : std::nullopt;
    if (!parsed || *parsed == Outcome::ok || !text.is_string()) {
      return give_up(Outcome::error,
                     fmt::format("sent an error message without a valid outcome and message: '{}'",
                                 printable(line, kExcerptBytes)));
    }
    return fail_as(*parsed, "{}: {}", name_,
                   plain_text(cut_text(text.get_ref<const std::string&>(), kMaxErrorBytes)));
  }
  if (type != reply_type) {
    return give_up(Outcome::error, fmt::format("answered with '{}' where '{}' was due",
                                               printable(type, kExcerptBytes), reply_type));
  }
  return std::move(*reply);
}

Result<void> WorkerClient::shutdown(Clock::time_point deadline) {
  if (!alive()) {
    return {};
  }
  // A worker that has ended already is judged by its exit status below.
  [[maybe_unused]] const auto written = channel_->write_line(R"({"type":"shutdown"})", deadline);
  const auto status = channel_->finish(deadline);
  if (!status) {
    return give_up(Outcome::timeout, "did not end when asked to and was killed");
  }
  if (status->signal != 0 || status->code != 0) {
    return give_up(Outcome::crash, fmt::format("ended with {}", describe(*status)));
  }
  channel_.reset();
  return {};
}

}  // namespace inferscale::client
