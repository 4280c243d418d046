#include "report/wording.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/quantity.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Two digits: "0.3%", "12%".
std::string half_width_text(double share) {
  const double percent = 100 * share;
  return percent < 0.05   ? "0.0%"
         : percent < 9.95 ? fmt::format("{:.1f}%", percent)
                          : fmt::format("{:.0f}%", percent);
}

}  // namespace

std::string estimate_text(const Estimate& value) {
  if (value.ci95 && value.mean > 0) {
    const double half = std::max(value.ci95->high / value.mean - 1, 1 - value.ci95->low / value.mean);
    return half < 1 ? fmt::format("{} ±{}", number_text(value.mean), half_width_text(half))
                    : fmt::format("{} [{}, {}]", number_text(value.mean), number_text(value.ci95->low),
                                  number_text(value.ci95->high));
  }
  // n = 0 with a mean: a mean of means, for no repetition is ok in every scenario.
  return value.n == 0 && value.mean == 0 ? kNone
                                         : fmt::format("{} (n = {})", number_text(value.mean), value.n);
}

std::string ratio_interval_text(double ratio, const std::optional<Interval>& ci95) {
  return ci95 ? fmt::format("{} [{}, {}]", ratio_text(ratio), ratio_text(ci95->low), ratio_text(ci95->high))
              : ratio_text(ratio);
}

std::string interval_words(const std::optional<Interval>& ci95) {
  return ci95 ? fmt::format("(95% interval {} to {})", ratio_text(ci95->low), ratio_text(ci95->high))
              : "(no interval: fewer than 2 repetitions)";
}

std::string p_text(const std::optional<double>& p) {
  if (!p) {
    return kNone;
  }
  return *p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", *p);
}

std::string decimal_text(const std::optional<double>& value) {
  return value ? (std::isfinite(*value) ? fmt::format("{:.2f}", *value) : "infinite") : kNone;
}

std::string percent_text(double share) {
  return fmt::format("{:.1f}%", share * 100);
}

std::string bytes_text(double bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < kUnits.size(); ++unit) {
    bytes /= 1000;
  }
  return fmt::format("{} {}", unit == 0 ? fmt::format("{:.0f}", bytes) : ratio_text(bytes), kUnits[unit]);
}

std::string duration_text(double seconds) {
  if (seconds < 9.95) {
    return fmt::format("{:.1f} s", seconds);
  }
  const long whole = std::lround(seconds);
  if (whole < 60) {
    return fmt::format("{} s", whole);
  }
  if (whole < 3600) {
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  const long minutes = std::lround(seconds / 60);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string perplexity_text(double perplexity, std::string_view weights) {
  const std::string text = separate_thousands(fmt::format("{:.3f}", perplexity));
  return weights.empty() ? text : fmt::format("{} ({})", text, weights);
}

std::string crossing_text(double parameters) {
  constexpr double kLargestModel = 1e13;
  if (parameters > kLargestModel) {
    return "beyond 10,000 B";
  }
  return parameters < 1 ? "below 1" : parameters_text(parameters);
}

std::string size_range_text(double low, double high) {
  return low == high ? parameters_text(low) : parameters_text(low) + " to " + parameters_text(high);
}

std::string and_list(const std::vector<std::string>& names) {
  if (names.size() < 2) {
    return names.empty() ? std::string() : names.front();
  }
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

std::string comma_list(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string names_text(const std::vector<std::string>& names, const std::string& thing) {
  constexpr std::size_t kMostNames = 3;
  return names.size() <= kMostNames ? and_list(names) : count_text(static_cast<long>(names.size()), thing);
}

std::string count_text(long count, const std::string& thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

const record::Metric& metric_of(const analysis::Analysis& analysis, protocol::Mode mode) {
  for (const analysis::Decision& decision : analysis.decisions) {
    if (decision.mode == mode) {
      return *decision.metric;
    }
  }
  return record::ranking_metric(mode);
}

std::string metric_text(const record::Metric& metric) {
  return fmt::format("{}, {}", metric.words, metric.unit);
}

std::string_view best_end(const record::Metric& metric) {
  return metric.better == record::Direction::higher ? "highest" : "lowest";
}

std::string sentence_case(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

Text gate_text(record::Gate gate) {
  return gate == record::Gate::failed ? Text().strong("failed") : Text(words_of(gate));
}

}  // namespace inferscale::report
