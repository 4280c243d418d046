#include "record/gates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/outcome.hpp"

namespace inferscale::record {
namespace {

struct PrecisionLimits {
  std::string_view gate;  ///< protocol::PrecisionFacts::gate
  double perplexity_change, relative_error;
  std::optional<double> mean_kl = std::nullopt;        ///< nothing: that of text whose perplexity changes so
  std::optional<double> cached_change = std::nullopt;  ///< nothing: perplexity_change
};

constexpr std::array<PrecisionLimits, 6> kLimits{{
    // fp32 stays below 1e-5; TF32 makes 8e-4 of gpt2. With a cache fp32 has the same products in another
    // order.
    {"fp32", 0.01, 1e-4, std::nullopt, 1e-4},
    {"tf32", 0.01, 2e-2},
    {"fp16", 0.05, 5e-2},
    {"bf16", 0.05, 1e-1},
    {"int8", 0.10, 3e-1},
    // SmolLM2-135M: 22% on text; 0.49 and 0.68 on parity's ids, which are no text
    // (docs/explanation/accuracy.md).
    {"int4", 0.50, 7e-1, 1.0},
}};

constexpr std::array<std::pair<Gate, std::string_view>, 4> kGateNames{{{Gate::passed, "passed"},
                                                                       {Gate::failed, "failed"},
                                                                       {Gate::not_checked, "not_checked"},
                                                                       {Gate::not_measured, "not_measured"}}};

GateVerdict failed(std::string reason) {
  return {Gate::failed, std::move(reason)};
}

/// `error` is "crash: it ended": no answer says nothing of what the backend computes. A wrong one does.
GateVerdict no_result(std::string_view what, const std::string& error) {
  const bool wrong = error.starts_with(to_string(Outcome::invalid_output));
  return {wrong ? Gate::failed : Gate::not_measured, fmt::format("no {}: {}", what, error)};
}

GateVerdict no_limits(const protocol::PrecisionFacts& precision) {
  return failed(
      precision.gate.empty() || precision.gate == precision.name
          ? fmt::format("this inferscale has no gate for precision '{}'", precision.name)
          : fmt::format("this inferscale has no gate '{}', which its backend names for precision '{}'",
                        precision.gate, precision.name));
}

/// `value` must be at most `limit`; NaN is not.
GateVerdict at_most(std::string_view what, double value, double limit, std::string_view gate) {
  if (value <= limit) {
    return {Gate::passed, ""};
  }
  return failed(fmt::format("{} is {:.3g}, and the gate of {} is {:.3g}", what, value, gate, limit));
}

GateVerdict judge_parity(const ParityFigures& parity, const GateLimits& limits, std::string_view gate) {
  auto verdict =
      at_most("the relative error of its logits", parity.relative_error, limits.relative_error, gate);
  return verdict.gate == Gate::passed
             ? at_most("the mean KL divergence of its distributions", parity.mean_kl, limits.mean_kl, gate)
             : verdict;
}

/// One rounding that falls the other way costs up to 1.3e-3 of this, products that saturate cost gpt2 3.4e-2.
constexpr double kExactRelativeError = 1e-2;

GateVerdict judge_exactness(const QualityFigures& figures) {
  if (!figures.exactness) {
    return no_result("comparison with exact integer arithmetic", figures.exactness_error);
  }
  if (figures.exactness->relative_error <= kExactRelativeError) {  // false for NaN
    return {Gate::passed, ""};
  }
  return failed(
      fmt::format("its int8 products are not exact: the relative error of its first block's logits is "
                  "{:.3g}, and the gate "
                  "is {:g}{}",
                  figures.exactness->relative_error, kExactRelativeError,
                  figures.may_saturate
                      ? "; this processor has no VNNI, and weights of 8 bits saturate the 16 bits in which "
                        "pairs of products are added: leave out the option weight_bits"
                      : ""));
}

GateVerdict judge_cached(const QualityFigures& figures, const GateLimits& limits, std::string_view gate) {
  if (!figures.cached_error.empty()) {
    return no_result("figures through its KV cache", figures.cached_error);
  }
  if (figures.greedy_uncached && figures.greedy_uncached->relative_error) {
    auto verdict = at_most("the relative error of log probabilities through its KV cache",
                           *figures.greedy_uncached->relative_error, limits.relative_error, gate);
    if (verdict.gate != Gate::passed) {
      return verdict;
    }
  }
  if (!figures.cached_perplexity || std::abs(figures.cached_perplexity->change) < limits.cached_change) {
    return {Gate::passed, ""};
  }
  return failed(
      fmt::format("its perplexity through the KV cache, {:.5g}, is {:+.3g}% of that without it, {:.5g}, and "
                  "the gate of {} "
                  "is {:g}%",
                  figures.cached_perplexity->perplexity, 100 * figures.cached_perplexity->change,
                  figures.cached_perplexity->uncached_perplexity, gate, 100 * limits.cached_change));
}

}  // namespace

std::optional<GateLimits> gate_limits(std::string_view gate) {
  for (const auto& limits : kLimits) {
    if (limits.gate == gate) {
      return GateLimits{limits.perplexity_change,
                        limits.mean_kl.value_or(std::log1p(limits.perplexity_change)), limits.relative_error,
                        limits.cached_change.value_or(limits.perplexity_change)};
    }
  }
  return std::nullopt;
}

std::string_view to_string(Gate gate) {
  for (const auto& [value, name] : kGateNames) {
    if (value == gate) {
      return name;
    }
  }
  return "not_checked";
}

std::string words_of(Gate gate) {
  std::string words(to_string(gate));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string gate_reason(const GateVerdict& verdict) {
  return (verdict.gate == Gate::failed ? "its accuracy gate failed: "
                                       : "its accuracy could not be measured: ") +
         verdict.reason;
}

std::optional<Gate> parse_gate(std::string_view text) {
  for (const auto& [value, name] : kGateNames) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<double> perplexity_change(const QualityFigures& figures) {
  if (!figures.perplexity || !figures.reference_perplexity) {
    return std::nullopt;
  }
  return figures.perplexity->figures.perplexity / *figures.reference_perplexity - 1;
}

GateVerdict judge_perplexity(double perplexity, double reference, const protocol::PrecisionFacts& precision) {
  const auto limits = gate_limits(precision.gate);
  if (!limits) {
    return no_limits(precision);
  }
  const double change = perplexity / reference - 1;
  if (std::abs(change) < limits->perplexity_change) {  // false for NaN
    return {Gate::passed, ""};
  }
  return failed(
      fmt::format("its perplexity of {:.5g} is {:+.3g}% of the reference's {:.5g}, and the gate of {} "
                  "is {:g}%",
                  perplexity, 100 * change, reference, precision.gate, 100 * limits->perplexity_change));
}

namespace {

/// Of passes over whole sequences.
GateVerdict judge_uncached(const QualityFigures& figures, const GateLimits& limits,
                           const protocol::PrecisionFacts& precision) {
  if (!figures.parity) {
    return no_result("parity", figures.parity_error);
  }
  if (figures.wants_exactness) {
    if (auto verdict = judge_exactness(figures); verdict.gate != Gate::passed) {
      return verdict;
    }
  }
  auto verdict = judge_parity(*figures.parity, limits, precision.gate);
  if (verdict.gate != Gate::passed || !figures.wants_perplexity) {
    return verdict;
  }
  if (!figures.perplexity) {
    return no_result("perplexity", figures.perplexity_error);
  }
  if (!figures.reference_perplexity) {
    return {Gate::not_checked, "the reference has no perplexity to compare with"};
  }
  return judge_perplexity(figures.perplexity->figures.perplexity, *figures.reference_perplexity, precision);
}

}  // namespace

GateVerdict judge(const QualityFigures& figures, const protocol::PrecisionFacts& precision) {
  const auto limits = gate_limits(precision.gate);
  if (!limits) {
    return no_limits(precision);
  }
  auto verdict = judge_uncached(figures, *limits, precision);
  if (verdict.gate != Gate::passed || !figures.wants_cached) {
    return verdict;
  }
  auto cached = judge_cached(figures, *limits, precision.gate);
  return cached.gate == Gate::passed ? verdict : cached;
}

}  // namespace inferscale::record
