#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/analysis.hpp"
#include "report/document.hpp"

namespace inferscale::report {

// How the report writes quantities: 3 to 4 significant digits, intervals beside what they belong to.

constexpr const char* kNone = "–";  ///< a cell of a table in which there is nothing to say

/// "1,234 ±2.8%", the farther end of the interval; "1,234 [310, 4,900]" where that is as far as the mean;
/// "1,234 (n = 1)" without an interval; a dash for n = 0.
std::string estimate_text(const analysis::Estimate& value);
/// "1.31 [1.25, 1.38]", or the ratio alone.
std::string ratio_interval_text(double ratio, const std::optional<analysis::Interval>& ci95);
/// "(95% interval 1.25 to 1.38)" or "(no interval: fewer than 2 repetitions)"
std::string interval_words(const std::optional<analysis::Interval>& ci95);
/// "0.031", "< 0.001"; a dash when there is none.
std::string p_text(const std::optional<double>& p);
/// Two decimals; a dash when there is none.
std::string decimal_text(const std::optional<double>& value);
std::string percent_text(double share);
/// "12.3 MB", decimal units.
std::string bytes_text(double bytes);
/// "0.8 s", "8 min 29 s", "2 h 5 min".
std::string duration_text(double seconds);
/// "58,906.278 (random)", three decimals everywhere; the figure alone where it is not known what weights it
/// is of.
std::string perplexity_text(double perplexity, std::string_view weights);
/// A size at which curves cross: "16.1 M", or in words where it is no size that a model could have.
std::string crossing_text(double parameters);
/// "11.2 M", or "11.2 M to 25.0 M".
std::string size_range_text(double low, double high);
/// "a", "a and b", "a, b and c"
std::string and_list(const std::vector<std::string>& names);
std::string comma_list(const std::vector<std::string>& names);
/// Names while they are few, else how many: "5 backends".
std::string names_text(const std::vector<std::string>& names, const std::string& thing);
/// What ranks in a mode.
const record::Metric& metric_of(const analysis::Analysis& analysis, protocol::Mode mode);
/// "throughput, tok/s"
std::string metric_text(const record::Metric& metric);
/// "highest" or "lowest": the end at which the best mean is.
std::string_view best_end(const record::Metric& metric);
/// With a capital.
std::string sentence_case(std::string text);
/// "1 cell", "3 cells"
std::string count_text(long count, const std::string& thing);
/// "not checked"; what failed stands out.
Text gate_text(record::Gate gate);

}  // namespace inferscale::report
