// What TR118v2.2 concluded, held against the rows of a study of its plan. Published figures are those of
// examples/tr118v2; all others come from the analysis.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "analysis/cost.hpp"
#include "analysis/quantity.hpp"
#include "analysis/verdict.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

constexpr std::string_view kPlan = "tr118v2";
// Modes by the names that TR118 gives them.
constexpr std::string_view kPrefill = "prefill", kGenerate = "generate";
constexpr const char* kSmall = "tiny-gpt2";
constexpr const char* kLarge = "gpt2";
constexpr const char* kCompiled = "transformers-gpu-compile";
constexpr const char* kInt8 = "tensorrt-int8";
constexpr const char* kFp16 = "tensorrt-fp16";
constexpr const char* kFp32 = "tensorrt-fp32";
constexpr const char* kCpu = "onnxruntime-cpu";

struct Finding {
  std::string says, published, here, holds;
};
constexpr const char* kHolds = "holds";
constexpr const char* kDoesNotHold = "does not hold";
constexpr const char* kCannotBeTold = "cannot be told";

/// first / second of the prefill means over all scenarios, above 1 where the first is faster.
std::optional<RatioTest> prefill_ratio(const Analysis& analysis, std::string_view model,
                                       std::string_view first, std::string_view second) {
  for (const OverallComparison& one : analysis.overall_comparisons) {
    if (one.model != model || to_string(one.mode) != kPrefill || !one.complete) {
      continue;
    }
    if (one.first == first && one.second == second) {
      return one.test;
    }
    if (one.first == second && one.second == first) {
      return inverse(one.test);
    }
  }
  return std::nullopt;
}

/// Within the band of the decision both are alike, as in the answer.
std::string judged(const Analysis& analysis, const RatioTest& faster) {
  switch (verdict_within(faster, indifference_of(analysis))) {
    case Verdict::faster:
      return kHolds;
    case Verdict::slower:
      return kDoesNotHold;
    case Verdict::alike:
      return fmt::format("{}: alike", kDoesNotHold);
    case Verdict::undecided:
      break;
  }
  return kCannotBeTold;
}

/// "The first is faster than the second", by two published throughputs in tokens a second.
struct FasterClaim {
  const char* says;
  const char* model;
  const char* first;
  const char* second;  ///< empty: than every other
  double first_tok_s, second_tok_s;
};
constexpr std::array kFaster{
    FasterClaim{"TensorRT INT8 is the fastest on gpt2", kLarge, kInt8, "", 6284, 4711},
    FasterClaim{"FP32 is faster than FP16 in TensorRT on gpt2", kLarge, kFp32, kFp16, 4711, 3851},
    FasterClaim{"TensorRT FP32 is faster than compiled transformers on gpt2", kLarge, kFp32, kCompiled, 4711,
                2121},
    FasterClaim{"TensorRT FP32 is faster than ONNX Runtime on the GPU on gpt2", kLarge, kFp32,
                "onnxruntime-gpu", 4711, 3927},
    FasterClaim{"ONNX Runtime on the CPU is the fastest on tiny-gpt2", kSmall, kCpu, "", 87996, 5620},
};

/// Against the other that comes nearest, or is farthest ahead.
std::optional<std::pair<RatioTest, std::string>> against(const Analysis& analysis, const FasterClaim& claim) {
  std::optional<std::pair<RatioTest, std::string>> least;
  for (const BackendFacts& backend : analysis.backends) {
    const bool meant = *claim.second == '\0' ? backend.name != claim.first : backend.name == claim.second;
    const auto test = meant ? prefill_ratio(analysis, claim.model, claim.first, backend.name) : std::nullopt;
    if (test && (!least || test->ratio < least->first.ratio)) {
      least = std::pair(*test, backend.name);
    }
  }
  return least;
}

void add_faster(const Analysis& analysis, std::vector<Finding>& findings) {
  for (const FasterClaim& claim : kFaster) {
    if (const auto found = against(analysis, claim)) {
      findings.push_back(
          {claim.says,
           fmt::format("{} times ({} and {} tok/s)", ratio_text(claim.first_tok_s / claim.second_tok_s),
                       number_text(claim.first_tok_s), number_text(claim.second_tok_s)),
           fmt::format("{} times {}", ratio_interval_text(found->first.ratio, found->first.ci95),
                       found->second),
           judged(analysis, found->first)});
    }
  }
}

void add_growth(const Analysis& analysis, std::vector<Finding>& findings) {
  constexpr double kAtSmall = 5424.0 / 4011, kAtLarge = 6284.0 / 2121;  // int8 over compiled transformers
  for (const BackendScaling& one : analysis.scaling) {
    if (analysis.baseline != kCompiled || one.backend != kInt8 || to_string(one.mode) != kPrefill ||
        !one.trend || one.advantage_smallest_model != kSmall || one.advantage_largest_model != kLarge) {
      continue;
    }
    const bool told = *one.trend != Trend::undecided;
    findings.push_back({"TensorRT INT8's lead over compiled transformers grows from tiny-gpt2 to gpt2",
                        fmt::format("{} times", ratio_text(kAtLarge / kAtSmall)),
                        ratio_interval_text(one.advantage_change->ratio, one.advantage_change->ci95) +
                            " times: " + std::string(to_string(*one.trend)),
                        *one.trend == Trend::grows ? kHolds
                        : told                     ? kDoesNotHold
                                                   : kCannotBeTold});
  }
}

void add_crossing(const Analysis& analysis, std::vector<Finding>& findings) {
  constexpr double kCrossing = 76e6;
  for (const Crossover& one : analysis.crossovers) {
    const bool pair =
        (one.first == kCpu && one.second == kCompiled) || (one.first == kCompiled && one.second == kCpu);
    if (!pair || one.mode != kPrefill) {
      continue;
    }
    Finding finding{"ONNX Runtime on the CPU beats compiled transformers on the GPU up to 76 M parameters",
                    "76.0 M parameters", "no crossing among the measured sizes", kDoesNotHold};
    if (!one.brackets.empty()) {
      const auto& bracket = one.brackets.front();
      finding.here = "between " + size_range_text(bracket.low_parameters, bracket.high_parameters);
      const bool inside = bracket.low_parameters <= kCrossing && kCrossing <= bracket.high_parameters;
      finding.holds = inside && bracket.low_winner == kCpu ? kHolds : kDoesNotHold;
    }
    findings.push_back(std::move(finding));
  }
}

void add_generate(const Analysis& analysis, std::vector<Finding>& findings) {
  int tried = 0, degraded = 0;
  for (const OutcomeTotal& total : analysis.outcomes) {
    if (to_string(total.mode) == kGenerate && total.backend.starts_with("tensorrt-")) {
      tried += total.outcomes.ok + total.outcomes.degraded;
      degraded += total.outcomes.degraded;
    }
  }
  if (tried > 0) {
    findings.push_back({"TensorRT cannot generate", "180 of 180 runs failed",
                        fmt::format("{} of {} failed", degraded, tried),
                        degraded == tried ? kHolds : kDoesNotHold});
  }
}

void add_perplexities(const Analysis& analysis, std::vector<Finding>& findings) {
  constexpr double kInt8Perplexity = 58.344, kReferencePerplexity = 58.343, kNoCost = 1e-4;
  for (const record::QualityResult& one : analysis.quality) {
    const auto change = record::perplexity_change(one.figures);
    if (one.model != kLarge || !change) {
      continue;
    }
    const double value = one.figures.perplexity->figures.perplexity;
    const std::string here =
        fmt::format("{}, a change of {}", perplexity_text(value, one.weights), change_text(*change));
    if (one.backend == kFp16) {
      findings.push_back(
          {"FP16 gives no perplexity on gpt2", "NaN", here, std::isfinite(value) ? kDoesNotHold : kHolds});
    } else if (one.backend == kInt8) {
      findings.push_back({"INT8 costs no perplexity on gpt2",
                          fmt::format("{} beside {}", perplexity_text(kInt8Perplexity, ""),
                                      perplexity_text(kReferencePerplexity, "")),
                          here, std::abs(*change) < kNoCost ? kHolds : kDoesNotHold});
    }
  }
}

const OverallMean* prefill_mean(const Analysis& analysis, std::string_view backend) {
  for (const OverallMean& one : analysis.overall) {
    if (one.model == kLarge && one.backend == backend && to_string(one.mode) == kPrefill && one.complete) {
      return &one;
    }
  }
  return nullptr;
}

void add_amortisation(const Source& source, std::vector<Finding>& findings) {
  constexpr double kBuild = 240, kServing = 122.3;
  const OverallMean* slow = prefill_mean(source.analysis, kCompiled);
  const OverallMean* fast = prefill_mean(source.analysis, kInt8);
  if (slow == nullptr || fast == nullptr) {
    return;
  }
  const auto build = build_of({kInt8, "int8", kLarge, fast->mode}, builds_of(source), source.plan).seconds;
  if (!build) {
    return;
  }
  const auto paid = amortise(*build, slow->throughput_tok_s.mean, fast->throughput_tok_s.mean);
  findings.push_back(
      {"An INT8 engine of gpt2 pays for itself against compiled transformers",
       fmt::format("built in {} s, after {} s of serving", number_text(kBuild), number_text(kServing)),
       fmt::format(
           "built in {} s, {}", number_text(*build),
           paid ? fmt::format("after {} s of serving", number_text(paid->seconds)) : std::string("never")),
       paid ? fmt::format("{}, {}", kHolds, paid->seconds < kServing ? "sooner" : "later") : kDoesNotHold});
}

}  // namespace

Blocks tr118_section(const Source& source) {
  if (!source.plan || source.plan->name != kPlan) {
    return {};
  }
  std::vector<Finding> findings;
  add_faster(source.analysis, findings);
  add_growth(source.analysis, findings);
  add_crossing(source.analysis, findings);
  add_generate(source.analysis, findings);
  add_perplexities(source.analysis, findings);
  add_amortisation(source, findings);
  if (findings.empty()) {
    return {};
  }
  Table table{"Conclusions of TR118v2.2, and the same figure of this study",
              {{"TR118v2.2", false}, {"Published", false}, {"Here", false}, {"Verdict", false}},
              {}};
  for (const Finding& one : findings) {
    table.rows.push_back({Text(one.says), Text(one.published), Text(one.here), Text().strong(one.holds)});
  }
  return {
      Heading{2, "Compared with TR118"},
      Paragraph{
          "Throughputs are of prefill, means over the workloads. TR118v2.2 measured on an RTX 4080 Laptop, "
          "with TensorRT 10.12, ONNX Runtime 1.23.2 and PyTorch 2.8. A conclusion about who is faster "
          "holds where the 95% interval of the ratio lies above 1, beyond the indifference of the decision.",
          true},
      std::move(table)};
}

}  // namespace inferscale::report
