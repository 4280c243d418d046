#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/comparison.hpp"
#include "analysis/crossover.hpp"
#include "analysis/dataset.hpp"
#include "analysis/interval.hpp"
#include "analysis/prices.hpp"
#include "analysis/verdict.hpp"
#include "record/quality_result.hpp"

namespace inferscale::analysis {

/// How repetitions ended. `degraded` is everything but ok and unsupported.
struct OutcomeCounts {
  int runs = 0;
  int ok = 0;
  int unsupported = 0;
  int degraded = 0;
  std::map<Outcome, int> by_outcome;  ///< only those that occurred
};

struct CellStatistics {
  std::string model;
  std::int64_t parameters = 0;
  std::string backend;
  protocol::Scenario scenario;
  protocol::Mode mode = protocol::kDefaultMode;
  OutcomeCounts outcomes;
  Estimate throughput_tok_s, latency_ms;  ///< over ok repetitions; n = 0 when none is
  std::optional<Estimate> new_tok_s, time_to_first_token_ms;
  double load_s = 0;          ///< mean of ok repetitions
  double memory_peak_mb = 0;  ///< largest of ok repetitions
  double gpu_memory_peak_mb = 0;
  std::vector<double> repetitions_ms;  ///< latency of each ok repetition
  std::vector<int> outliers;           ///< repetition numbers; flagged, never dropped
  int throttled = 0;  ///< ok repetitions whose GPU ran slower than asked for; flagged, never dropped
  std::vector<std::string> throttle_reasons;  ///< of all of them, sorted
  std::string first_error;
  /// Every metric in the order of kMetrics, those above among them; n = 0 where no repetition has it.
  std::array<Estimate, record::kMetricCount> figures;

  [[nodiscard]] const Estimate& of(const record::Metric& metric) const {
    return figures[record::number_of(metric)];
  }
};

/// Arithmetic mean over the plan's scenarios. A scenario counts when it has an ok repetition.
struct OverallMean {
  std::string model;
  std::int64_t parameters = 0;
  std::string backend;
  protocol::Mode mode = protocol::kDefaultMode;
  bool complete = false;  ///< every scenario counts; otherwise the mean is partial: shown, never ranked
  std::vector<std::string> scenarios;  ///< those in the mean
  std::vector<std::string> missing;
  /// Over per-repetition means of the repetitions that are ok in every scenario of the mean. When no
  /// repetition is: the mean of the scenarios' means, n = 0, no interval.
  Estimate throughput_tok_s;
  const record::Metric* metric = &record::kThroughput;  ///< that ranks
  Estimate value;                                       ///< of the metric, made like throughput_tok_s
  int repetitions_left_out = 0;  ///< ok somewhere, but not in every scenario of the mean
};

/// Degradation of a backend in a mode. The rate leaves unsupported runs out: they were never tried.
struct OutcomeTotal {
  std::string backend;
  protocol::Mode mode = protocol::kDefaultMode;
  OutcomeCounts outcomes;
  int missing = 0;                         ///< planned, no row yet
  std::optional<double> degradation_rate;  ///< degraded / (ok + degraded); absent when nothing was tried
  std::optional<Interval> ci95;            ///< Wilson
};

struct ScenarioComparison {
  std::string model;
  std::int64_t parameters = 0;
  protocol::Mode mode = protocol::kDefaultMode;
  std::string scenario;
  std::string first, second;
  const record::Metric* metric = &record::kThroughput;
  RatioTest test;  ///< of the metric, above 1: the first is better; Holm over the mode's scenario comparisons
};

struct OverallComparison {
  std::string model;
  std::int64_t parameters = 0;
  protocol::Mode mode = protocol::kDefaultMode;
  std::string first, second;
  bool complete = false;               ///< all scenarios of the plan match
  std::vector<std::string> scenarios;  ///< matching: ok for both
  const record::Metric* metric = &record::kThroughput;
  double first_mean = 0, second_mean = 0;  ///< of the metric over the matching scenarios
  RatioTest
      test;  ///< on per-repetition means over the matching scenarios; Holm over the mode's overall tests
  PairedTest paired;  ///< across the matching scenarios; Holm over the mode's paired tests
};

/// How the ratio to the baseline goes from the smallest to the largest size.
enum class Trend {
  grows,       ///< the ratio does, beyond the indifference
  steady,      ///< within it
  shrinks,     ///< the ratio does
  turns_over,  ///< the better one at the smallest size is the worse one at the largest
  undecided,   ///< the repetitions do not tell
};
std::string_view to_string(Trend trend);

/// metric = c x parameters^exponent, over complete overall means.
struct BackendScaling {
  std::string backend;
  protocol::Mode mode = protocol::kDefaultMode;
  int n = 0;                              ///< model sizes
  std::optional<double> exponent;         ///< needs 2 sizes
  std::optional<Interval> exponent_ci95;  ///< needs 3
  std::optional<double> r_squared;        ///< needs 3
  std::string smallest_model, largest_model;
  const record::Metric* metric = &record::kThroughput;
  double smallest_value = 0, largest_value = 0;
  /// Ratio to the baseline at the smallest and largest size that both have complete; empty for the baseline
  /// itself.
  std::string advantage_smallest_model, advantage_largest_model;
  std::optional<RatioTest> advantage_smallest, advantage_largest;
  /// The advantage at the largest size over that at the smallest; absent where they are one size.
  std::optional<RatioTest> advantage_change;
  std::optional<Trend> trend;
};

enum class Basis { measured, interpolated, extrapolated };
std::string_view to_string(Basis basis);

/// A backend at a measured size of the decision.
struct RankedBackend {
  std::string backend;
  double value = 0;                  ///< mean of the metric
  RatioTest behind;                  ///< the one to use / this: how many times as good the one to use is
  Verdict verdict = Verdict::alike;  ///< of this against the one to use
};

/// One line of the decision: on this band of sizes, this backend.
struct DecisionLine {
  Basis basis = Basis::measured;
  double low_parameters = 0, high_parameters = 0;  ///< equal for a measured line
  std::vector<std::string> models;                 ///< measured inside; one for a measured line
  std::string use;     ///< the answer: the best, or one that is not known to be behind it by more than the
                       ///< indifference and is the answer at other sizes too. Empty: no data
  std::string winner;  ///< best mean
  std::vector<std::string> tied_with;       ///< alike with the winner, or undecided
  std::vector<std::string> alike_with;      ///< with `use`
  std::vector<std::string> undecided_with;  ///< against `use`
  std::string runner_up;                    ///< fastest that is neither winner nor tied; empty when none
  std::optional<RatioTest> margin;          ///< winner / the next fastest, tied or not; measured lines only
  std::string margin_over;                  ///< the next fastest
  std::vector<RankedBackend> ranking;       ///< best mean first; measured lines only
  std::string why;                          ///< the line as a sentence
};

struct LeftOut {
  std::string backend;
  std::string model;
  std::string reason;
};

/// The decision over some of the scenarios, at the measured sizes.
struct PartDecision {
  int batch = 0;         ///< of all of them
  std::string scenario;  ///< of one alone; else empty
  std::vector<DecisionLine> lines;
};

struct Decision {
  protocol::Mode mode = protocol::kDefaultMode;
  const record::Metric* metric = &record::kThroughput;  ///< "fastest" below is the best of this
  bool without_figures = false;                         ///< repetitions are ok, and none has the metric
  double indifference = kIndifference;
  std::vector<DecisionLine> lines;  ///< by size: measured, interpolated, measured, ...
  std::vector<DecisionLine>
      bands;  ///< the same answer in fewest lines: neighbouring lines with one answer joined
  std::vector<PartDecision> by_batch;     ///< where scenarios differ in batch
  std::vector<PartDecision> by_scenario;  ///< where there are several
  std::vector<LeftOut> left_out;          ///< not ranked, and why
};

/// Everything that follows from a study's rows. Lists are in the data set's order (mode, model, backend,
/// scenario).
struct Analysis {
  std::string study;
  std::vector<std::string> notices;
  std::vector<ModelSize> models;
  std::vector<BackendFacts> backends;
  std::vector<protocol::Scenario> scenarios;  ///< of the overall means
  std::vector<protocol::Mode> modes;
  std::string baseline;
  std::vector<CellStatistics> cells;
  std::vector<OverallMean> overall;
  std::vector<OutcomeTotal> outcomes;
  std::vector<ScenarioComparison> scenario_comparisons;
  std::vector<OverallComparison> overall_comparisons;
  std::vector<Crossover> crossovers;           ///< every pair and mode, over overall throughput
  std::vector<Crossover> scenario_crossovers;  ///< the same for each scenario
  std::vector<BackendScaling> scaling;
  std::vector<Decision> decisions;  ///< one a mode
  /// Parity, perplexity and gates. What failed its gate is in no comparison, crossover, scaling or ranking.
  std::vector<record::QualityResult> quality;
};

/// That its decisions were made with.
double indifference_of(const Analysis& analysis);

/// The verdict that leaves the backend out of rankings on the model; nullptr when it has none.
const record::QualityResult* excluding_gate(const std::vector<record::QualityResult>& quality,
                                            const std::string& model, const std::string& backend);

/// What backends are ranked by.
struct Ranking {
  const record::Metric* metric = nullptr;  ///< nullptr: the plan's of what is analysed, else each mode's own
  Prices prices = {};                      ///< of an hour; a metric that is a price needs them
  std::string machine = {};                ///< StudyResults::name, for prices by machine
};

/// nullptr for a backend that the study does not have.
const BackendFacts* find_backend(const Analysis& analysis, std::string_view name);

struct AnalysisOptions {
  /// Backend that scaling compares with. Empty: transformers-gpu-compile, else onnxruntime-cpu, else the
  /// first.
  std::string baseline = {};
  Ranking ranking = {};
  std::optional<double> indifference = {};  ///< none: the plan's, else kIndifference
};

/// Never fails on a well-formed data set, however little is ok in it; the error is a baseline that is not
/// there.
Result<Analysis> analyze(const Dataset& dataset, const AnalysisOptions& options = {});

/// Writes the files of docs/reference/results.md under results_dir, each atomically.
Result<void> write_analysis(const Analysis& analysis, const std::filesystem::path& results_dir);

/// Loads, analyses and writes.
/// Returns the notices, for whoever ran the study.
Result<std::vector<std::string>> analyze_results(const std::filesystem::path& results_dir);

}  // namespace inferscale::analysis
