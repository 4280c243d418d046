#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/prices.hpp"
#include "analysis/size_curve.hpp"
#include "analysis/study_results.hpp"
#include "analysis/verdict.hpp"

namespace inferscale::analysis {

/// What a metric of kLimited may be at most, in every scenario.
struct MetricLimit {
  const record::Metric* metric = nullptr;
  double most = 0;
};

struct RecommendOptions {
  std::optional<double> parameters;            ///< the model's size; none: every measured size
  std::string model;                           ///< a measured model by name, in place of a size
  std::optional<protocol::Mode> mode;          ///< none: every mode with rows
  std::optional<int> batch;                    ///< scenarios with this batch only
  std::vector<MetricLimit> limits;             ///< of the slowest scenario
  std::optional<double> min_throughput_tok_s;  ///< of the mean over the scenarios
  std::optional<double>
      max_perplexity_change;  ///< a share, either way; of trained weights (perplexity_cost.hpp)
  bool no_gpu = false;        ///< backends whose device is the CPU only
  Prices cost_per_hour;       ///< not empty: the cheapest token wins unless `metric` says otherwise
  const record::Metric* metric = nullptr;  ///< nullptr: the plan's of the first machine, else each mode's own
  bool extrapolate = false;                ///< also beyond the measured sizes, on a line through all of them
  std::optional<double> indifference = {};  ///< none: the plan's of the first machine
};

/// One backend of one machine at the size asked about.
struct Candidate {
  std::string machine;  ///< StudyResults::name
  std::string backend;
  Basis basis = Basis::measured;
  std::vector<std::string> models;  ///< that its figures come from: one, the two nearest sizes, or all
  double throughput_tok_s = 0;      ///< mean over repetitions of the mean over scenarios
  double worst_latency_ms = 0;      ///< of the slowest scenario
  std::string worst_scenario;
  std::optional<double> price_per_million_tokens;
  std::optional<double> perplexity_change;  ///< a share, as perplexity_cost()
  double value = 0;                         ///< of the metric that ranks, made like throughput_tok_s
  RatioTest behind_best;                    ///< how many times as good the first candidate is
  RatioTest behind_use;                     ///< the same of the one to use
  Verdict verdict = Verdict::alike;         ///< of this against the one to use
  bool tied = false;                        ///< with the first: alike, or undecided
};

/// A measured model that no candidate has every scenario ok at.
struct UnansweredModel {
  std::string model;
  double parameters = 0;
  std::string reason;
};

struct Recommendation {
  protocol::Mode mode = protocol::kDefaultMode;
  const record::Metric* metric = &record::kThroughput;  ///< that ranks
  bool several_machines = false;
  double parameters = 0;  ///< 0: no size was asked about, and none has a backend that is ok in every scenario
  std::string model;      ///< measured at this size; empty: none was. Models of one size have an answer each
  std::vector<std::string> scenarios;
  std::vector<Candidate> candidates;  ///< that meet the constraints, best first
  std::size_t use = 0;                ///< the one of them to use: see SizeAnswers::uses()
  /// How many times as good the first is as the second. Absent with one candidate.
  std::optional<RatioTest> margin;
  std::vector<LeftOut> left_out;            ///< `backend` as in label()
  std::vector<double> measured_parameters;  ///< every size with a complete candidate, ascending
  /// Of the mode, at the size asked about or any; none where a model was asked for by name: its answer says
  /// why.
  std::vector<UnansweredModel> unanswered;
};

/// "onnxruntime-cpu", or "machine/onnxruntime-cpu" where there are several machines.
std::string label(const Candidate& candidate, bool several_machines);

/// One answer a mode and size, and where several models have that size one a model; made by SizeAnswers, as
/// the report and decision.json are. A size within 1% of a measured one counts as measured. Usage errors: a
/// batch, mode, model or backend with a price that no study has; a size beyond the measured ones without
/// `extrapolate`; a model asked about that has another size in another folder. Machines are never pooled:
/// each backend of each is a candidate of its own.
Result<std::vector<Recommendation>> recommend(std::span<const StudyResults> machines,
                                              const RecommendOptions& options);

/// A notice for each folder that was asked for other work than the first: its figures are ranked all the
/// same.
std::vector<std::string> other_work_notices(std::span<const StudyResults> machines);

}  // namespace inferscale::analysis
