#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/precision.hpp"
#include "record/accuracy_figures.hpp"

namespace inferscale::record {

/// What a precision may cost. docs/explanation/accuracy.md says where the numbers come from.
struct GateLimits {
  double perplexity_change = 0;  ///< of |perplexity / reference - 1|
  double mean_kl = 0;            ///< nats: log(1 + perplexity_change), or its own
  double relative_error = 0;     ///< ParityFigures::relative_error, and GreedyComparison's
  double cached_change = 0;      ///< of |CachedPerplexity::change|
};

/// Of protocol::PrecisionFacts::gate: "fp32", "tf32", "fp16", "bf16", "int8" or "int4"; none for a gate that
/// this version does not know.
std::optional<GateLimits> gate_limits(std::string_view gate);

enum class Gate {
  passed,
  failed,
  not_checked,   ///< nothing to compare with here: neither for nor against the backend
  not_measured,  ///< it was asked, and gave nothing to compare: it could not start, or ended
};
std::string_view to_string(Gate gate);
std::optional<Gate> parse_gate(std::string_view text);
/// For people: "not checked".
std::string words_of(Gate gate);
/// Whether the backend is in no ranking: it computes something else, or nobody knows what.
constexpr bool is_left_out(Gate gate) {
  return gate == Gate::failed || gate == Gate::not_measured;
}

/// What was found out about one backend on one model.
struct QualityFigures {
  std::optional<ParityFigures> parity;
  std::string parity_error;  ///< why there is none: "timeout: ..."
  bool wants_perplexity = false;
  std::optional<PerplexityRun> perplexity;
  std::string perplexity_error;
  std::optional<double> reference_perplexity;
  bool wants_exactness = false;            ///< int8 on a CPU
  std::optional<ParityFigures> exactness;  ///< of its first block, against exact integer arithmetic
  std::string exactness_error;
  bool wants_cached = false;  ///< the study has a mode with a KV cache, and the worker scores single steps
  std::optional<CachedPerplexity> cached_perplexity;  ///< where there is a corpus
  std::string cached_error;                           ///< why there is nothing of the cached path
  /// Greedy tokens through the cache, beside those of uncached passes, and beside the reference's.
  std::optional<GreedyComparison> greedy_uncached, greedy_reference;
  /// Its graph has wider weights than its runtime multiplies exactly on this processor.
  bool may_saturate = false;
};

/// perplexity / reference - 1, where both are known.
std::optional<double> perplexity_change(const QualityFigures& figures);

struct GateVerdict {
  Gate gate = Gate::not_checked;
  std::string reason;  ///< one sentence; empty when it passed
};

/// Parity always counts, and exactness, perplexity and what the cached path makes of it when they are wanted;
/// the first that fails is the reason. NaN fails. No result is not_measured. Other greedy tokens fail
/// nothing: where two logits are nearly equal, rounding chooses. Their log probabilities do.
GateVerdict judge(const QualityFigures& figures, const protocol::PrecisionFacts& precision);

/// Why a backend is in no ranking: "its accuracy gate failed: ..."
std::string gate_reason(const GateVerdict& verdict);

/// The perplexity gate alone: `perplexity` against `reference`.
GateVerdict judge_perplexity(double perplexity, double reference, const protocol::PrecisionFacts& precision);

}  // namespace inferscale::record
