#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/crossover.hpp"
#include "analysis/verdict.hpp"
#include "core/json.hpp"
#include "model/spec.hpp"

namespace inferscale::search {

struct SearchSettings {
  std::string first, second;  ///< backends A and B
  std::string mode;
  double tolerance = 0.05;  ///< of the bracket: its upper end over its lower one, minus 1
  int max_models = 12;      ///< sizes measured at most, the two ends among them
  const record::Metric* metric = &record::kThroughput;  ///< that the ratio is of
  double indifference = analysis::kIndifference;        ///< of verdicts
};

/// One size, in the order of measuring.
struct SearchPoint {
  model::DecoderSpec shape;
  /// Both backends ok on every scenario, with an interval; nullopt otherwise.
  std::optional<analysis::RatioPoint> result;
};

enum class SearchStatus {
  searching,
  bracketed,        ///< the winner changes inside a bracket as tight as asked for
  tied,             ///< the crossing lies among sizes at which neither wins
  one_always_wins,  ///< no crossing between the ends
  out_of_sizes,     ///< no model lies inside the bracket
  budget_used,      ///< max_models
  not_measured,     ///< an end has no result
  interrupted       ///< by the user; the same command goes on
};
std::string_view to_string(SearchStatus status);

/// The two measured sizes between which the winner changes.
struct SearchBracket {
  analysis::RatioPoint low, high;
};

struct SearchDecision {
  SearchStatus status = SearchStatus::searching;
  std::optional<model::DecoderSpec> next;  ///< while searching
  std::string why;                         ///< why this size; or the conclusion, as a sentence
  std::optional<SearchBracket> bracket;
  /// Of a tie: alike where every size that ties is, else undecided.
  std::optional<analysis::Verdict> verdict = {};
};

/// The question is answered as far as it can be: a tie says nothing where its intervals are wide.
bool is_answer(const SearchDecision& decision);
bool is_undecided(const SearchDecision& decision);

/// How the two compare at a size.
analysis::Verdict verdict_of(const analysis::RatioPoint& point, const SearchSettings& settings);

/// What to measure next, given everything so far. `points` starts with the smallest and the largest model. A
/// pure function: a search that is taken up again decides as it would have.
///
/// Inside a bracket the next size is aimed at the crossing that log-log interpolation gives, moved past it by
/// half the tolerance towards the farther end, so that this end comes close; when a step did not halve the
/// bracket, the next one does. Where sizes inside the bracket tie, the gaps on both sides of them are closed
/// until they are as tight as the tolerance.
SearchDecision decide_next(std::span<const SearchPoint> points, const SearchSettings& settings);

struct SearchStep {
  SearchPoint point;
  std::string why;                                ///< why this size was measured
  std::optional<SearchBracket> bracket;           ///< after it
  std::optional<analysis::Verdict> verdict = {};  ///< of the first backend, where it was measured
};

struct CrossoverSearch {
  SearchSettings settings;
  std::vector<SearchStep> steps;
  SearchDecision end;
};

/// The search as it went: each step with the decision that led to it.
CrossoverSearch replay_search(std::span<const SearchPoint> points, const SearchSettings& settings);

/// processed/crossover_search.json (docs/how-to/crossover.md).
Json to_json(const CrossoverSearch& search);

}  // namespace inferscale::search
