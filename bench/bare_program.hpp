#pragma once

// What the bare loops that inferscale's measuring is compared with have in common. Nothing of inferscale.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

namespace bare {

inline std::vector<std::int32_t> make_prompt(std::int64_t tokens, std::int64_t vocabulary) {
  std::vector<std::int32_t> prompt(static_cast<std::size_t>(tokens));
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    prompt[i] = static_cast<std::int32_t>(i * 7919 % static_cast<std::size_t>(vocabulary));
  }
  return prompt;
}

/// Mean milliseconds of an iteration, and how many there were in `seconds`. One reading of the clock an
/// iteration, to know when to end.
template <class Iterate>
std::pair<double, int> time_loop(Iterate&& iterate, double seconds) {
  using Clock = std::chrono::steady_clock;
  int iterations = 0;
  const auto start = Clock::now();
  auto now = start;
  do {
    iterate();
    ++iterations;
    now = Clock::now();
  } while (std::chrono::duration<double>(now - start).count() < seconds);
  return {std::chrono::duration<double, std::milli>(now - start).count() / iterations, iterations};
}

/// A program's main: `run(argv)` when there are so many arguments, 2 when not, and 1 with a line on stderr
/// when it throws.
template <class Run>
int run_program(int argc, char** argv, int arguments, const char* usage, Run&& run) {
  if (argc != arguments + 1) {
    std::fprintf(stderr, "usage: %s %s\n", argv[0], usage);
    return 2;
  }
  try {
    return run(argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

}  // namespace bare
