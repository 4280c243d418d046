#pragma once

#include <cstddef>
#include <string>

#include "core/clock.hpp"

namespace inferscale::study {

/// Where a study stands, on stderr: one live line on a terminal; elsewhere a plain line at every tenth of the
/// work, but not more often than every 5 seconds (and one at each minute when a tenth takes longer).
class Progress {
 public:
  /// `total`: what is to be done. Repetitions that are finished already, or take no time, do not count.
  /// `noun` says what is counted.
  explicit Progress(std::size_t total, std::string noun = "repetitions");
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  ///< ends the live line

  void starting(const std::string& what);
  void finished_one();
  /// Prints a line of its own above the live one.
  void note(const std::string& text);

 private:
  void show_live(const std::string& what);
  void show_plain();
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] double seconds_left() const;

  std::size_t total_;
  std::string noun_;
  std::size_t done_ = 0;
  bool terminal_;
  bool line_open_ = false;
  Clock::time_point started_ = Clock::now();
  Clock::time_point last_line_ = started_;
  std::size_t last_tenth_ = 0;
};

/// "3 s", "2 min 05 s", "1 h 02 min"
std::string format_duration(double seconds);

}  // namespace inferscale::study
