#pragma once

#include <array>
#include <csignal>

namespace inferscale {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP only sets a flag, so that work can end in order; a
/// second one acts as it always does.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  /// The signal that came, or 0.
  [[nodiscard]] static int signal();
  [[nodiscard]] static bool interrupted() { return signal() != 0; }

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> before_{};
};

}  // namespace inferscale
