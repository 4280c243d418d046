#pragma once

#include <set>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "report/document.hpp"

namespace inferscale::report {

/// Neighbouring measured sizes with one backend to use.
struct Stretch {
  std::string use;
  std::vector<const analysis::DecisionLine*> lines;
};
std::vector<const analysis::DecisionLine*> measured_of(const std::vector<analysis::DecisionLine>& lines);
/// Of the decision's measured lines, from small to large.
std::vector<Stretch> stretches_of(const analysis::Decision& decision);

/// Backends that are the one to use somewhere, in any mode.
std::set<std::string> used_backends(const analysis::Analysis& analysis);

/// Whether another of the measured lines is of the same size.
bool shares_its_size(const std::vector<const analysis::DecisionLine*>& lines,
                     const analysis::DecisionLine& line);
bool any_share_a_size(const std::vector<const analysis::DecisionLine*>& lines);
/// "1.00 M", or the model's name where that tells it apart from another of its size.
std::string size_name(const std::vector<const analysis::DecisionLine*>& lines,
                      const analysis::DecisionLine& line);

/// The answer of one mode as a sentence: "Use tensorrt-fp16 at every size measured, 102,714 to 124 M
/// parameters." Names those that it is undecided against. Models of one size go by their names.
std::string answer_sentence(const analysis::Decision& decision);

/// "no row has a figure for energy a token", or what else it is that a decision without lines lacks.
std::string nothing_ranked(const analysis::Decision& decision);

/// How far the others lie behind, in factors: what is alike, what the order of batches hides, the best of
/// each other runtime and device.
std::vector<std::string> behind_sentences(const analysis::Analysis& analysis,
                                          const analysis::Decision& decision, const Json& environment);

/// What changes with the batch: both where each leads, or where another is the one to use; empty where
/// nothing is known to.
std::string by_batch_sentence(const analysis::Analysis& analysis, const analysis::Decision& decision);

/// Fewer than 2 ok repetitions everywhere: nothing is decided.
bool without_intervals(const analysis::Decision& decision);

/// "faster" or "better", by the metric.
std::string ahead_word(const record::Metric& metric);
/// "behind" as people say it of the metric: "slower" or "worse".
std::string behind_word(const record::Metric& metric);
/// "4%", or "1.9 times" from a fifth on; never "1.00 times".
std::string excess_text(double factor);
/// "1.9 to 3.1 times", "up to 4%".
std::string excess_range_text(double low, double high);

/// Words of a text as a reader counts them.
std::size_t count_words(std::string_view text);

}  // namespace inferscale::report
