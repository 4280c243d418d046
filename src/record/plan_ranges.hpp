#pragma once

namespace inferscale::record {

/// Ends of a range; both belong to it.
struct NumberRange {
  double low = 0, high = 0;
};

// What the numbers of a plan may be. Options of commands that mean the same keep to them too.
constexpr NumberRange kRepetitionsRange{1, 10'000};
constexpr NumberRange kNewTokensRange{1, 1 << 20};
constexpr NumberRange kWarmupRange{0, 1'000'000};
constexpr NumberRange kHalfWidthRange{0, 1};
constexpr NumberRange kTimedSecondsRange{1e-6, 7.0 * 24 * 3600};
constexpr NumberRange kThreadsRange{0, 4096};
constexpr NumberRange kParallelLoadsRange{1, 64};
constexpr NumberRange kTimeoutRange{0.1, 7.0 * 24 * 3600};
constexpr NumberRange kMemoryLimitRange{0, 1e9};  ///< MiB
constexpr NumberRange kBatchRange{1, 4096};
constexpr NumberRange kPromptTokensRange{1, 1 << 20};

}  // namespace inferscale::record
