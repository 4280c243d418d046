#pragma once

#include <CLI/CLI.hpp>

namespace inferscale {

// What a number on the command line may be. CLI11 alone takes "nan" for a limit, -1 for the largest seed, and
// 010 for 8. Errors are sentences without a subject, for CLI11 puts the option's name in front of them.

/// Ends of a range; both belong to it.
struct NumberRange {
  double low = 0, high = 0;
};

// Those of a plan's fields (validate() in study/plan.hpp), which options with another name must keep to as
// well. A test holds the two against each other.
constexpr NumberRange kRepetitionsRange{1, 10'000};
constexpr NumberRange kNewTokensRange{1, 1 << 20};
constexpr NumberRange kWarmupRange{0, 1'000'000};
constexpr NumberRange kHalfWidthRange{0, 1};
constexpr NumberRange kTimedSecondsRange{1e-6, 7.0 * 24 * 3600};
constexpr NumberRange kThreadsRange{0, 4096};
constexpr NumberRange kParallelLoadsRange{1, 64};
constexpr NumberRange kTimeoutRange{0.1, 7.0 * 24 * 3600};
constexpr NumberRange kMemoryLimitRange{0, 1e9};
constexpr NumberRange kBatchRange{1, 4096};

/// A finite number in the range.
CLI::Validator number_in(NumberRange range);
/// A whole number in the range, in decimal. For transform(): it takes away zeros in front, which CLI11 reads
/// as octal.
CLI::Validator whole_number_in(NumberRange range);
/// A finite number above 0.
CLI::Validator positive_number();
/// A finite number, 0 or above.
CLI::Validator number_from_zero();
/// A whole number that 64 bits hold, in decimal. For transform() too.
CLI::Validator seed_number();

}  // namespace inferscale
