#include "study/progress.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "core/log.hpp"
#include "core/plain_text.hpp"
#include "core/terminal_width.hpp"

namespace inferscale::study {
namespace {

constexpr double kSecondsBetweenLines = 5;
constexpr double kSecondsWithoutLine = 60;

constexpr std::size_t kUsualWidth = 80;

}  // namespace

std::string format_duration(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 60) {
    return fmt::format("{} s", whole);
  }
  if (whole < 3600) {
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  }
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::size_t total, std::string noun)
    : total_(total), noun_(std::move(noun)), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (line_open_) {
    write_stderr("\n");
  }
}

double Progress::seconds_left() const {
  return done_ == 0
             ? 0
             : seconds_since(started_) / static_cast<double>(done_) * static_cast<double>(total_ - done_);
}

std::string Progress::summary() const {
  const auto percent = total_ == 0 ? 100 : 100 * done_ / total_;
  auto text = fmt::format("{}/{} {} ({}%)", done_, total_, noun_, percent);
  if (done_ > 0 && done_ < total_) {
    text += fmt::format(", about {} left", format_duration(seconds_left()));
  }
  return text;
}

void Progress::starting(const std::string& what) {
  if (terminal_) {
    show_live(what);
  }
}

void Progress::finished_one() {
  ++done_;
  if (!terminal_) {
    show_plain();
  }
}

void Progress::note(const std::string& text) {
  if (line_open_) {
    write_stderr("\r\x1b[K");
    line_open_ = false;
  }
  log_info("{}", text);
}

void Progress::show_live(const std::string& what) {
  // \r and "erase to the end of the line"; cut to the width, since a wrapped line could not be overwritten.
  const auto text = std::string(plain_text(summary() + "  " + what), 0,
                                terminal_width(STDERR_FILENO).value_or(kUsualWidth) - 1);
  write_stderr("\r\x1b[K" + text);
  std::fflush(stderr);
  line_open_ = true;
}

void Progress::show_plain() {
  const double silent_s = seconds_since(last_line_);
  const std::size_t tenth = total_ == 0 ? 10 : 10 * done_ / total_;
  const bool step = tenth > last_tenth_ && silent_s >= kSecondsBetweenLines;
  if (step || silent_s >= kSecondsWithoutLine || done_ == total_) {
    log_info("{}", summary());
    last_line_ = Clock::now();
    last_tenth_ = tenth;
  }
}

}  // namespace inferscale::study
