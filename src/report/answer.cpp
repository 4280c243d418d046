#include "report/answer.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "analysis/quantity.hpp"
#include "analysis/size_curve.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// "for tuned (1.00 M)" where it is the only model, "for tuned and base", "at 1.00 M", "from 1.00 M to
/// 64.0 M"; `unit` follows the last number of parameters.
std::string where_text(const std::vector<const DecisionLine*>& measured,
                       const std::vector<Stretch>& stretches, std::size_t i, std::string_view unit) {
  const auto& lines = stretches[i].lines;
  const DecisionLine &first = *lines.front(), &last = *lines.back();
  if (measured.size() == 1) {
    return fmt::format("for {} ({}{})", first.models.front(), parameters_text(first.low_parameters), unit);
  }
  if (lines.size() == 1 && !shares_its_size(measured, first)) {
    return fmt::format("at {}{}", parameters_text(first.low_parameters), unit);
  }
  if (same_size(first.low_parameters, last.low_parameters)) {
    std::vector<std::string> names;
    for (const DecisionLine* line : lines) {
      names.push_back(line->models.front());
    }
    return "for " + and_list(names);
  }
  if (stretches.size() == 1) {
    return fmt::format("at every size measured, {} to {}{}", parameters_text(first.low_parameters),
                       parameters_text(last.low_parameters), unit);
  }
  const bool named = shares_its_size(measured, last);
  return fmt::format("from {}{} to {}{}", size_name(measured, first),
                     named && !shares_its_size(measured, first) ? unit : "", size_name(measured, last),
                     named ? "" : unit);
}

/// What a decision has a line for: "sizes", or "models" where several have one size.
std::string_view things_measured(const std::vector<const DecisionLine*>& measured) {
  return any_share_a_size(measured) ? "models" : "sizes";
}

/// In how many of a stretch's sizes a backend is undecided against the one to use.
using Counts = std::vector<std::pair<std::string, std::size_t>>;
Counts undecided_of(const Stretch& stretch) {
  Counts counts;
  for (const DecisionLine* line : stretch.lines) {
    for (const std::string& name : line->undecided_with) {
      const auto found =
          std::find_if(counts.begin(), counts.end(), [&](const auto& one) { return one.first == name; });
      if (found == counts.end()) {
        counts.emplace_back(name, 1);
      } else {
        ++found->second;
      }
    }
  }
  return counts;
}

/// Those that may be as fast everywhere: ", or B: undecided".
std::string undecided_everywhere(const Stretch& stretch) {
  std::vector<std::string> names;
  for (const auto& [name, count] : undecided_of(stretch)) {
    if (count == stretch.lines.size()) {
      names.push_back(name);
    }
  }
  return names.empty() ? std::string() : fmt::format(", or {}: undecided", and_list(names));
}

/// Those that may be as fast somewhere: " Undecided at 1 of 9 sizes: B, C."
std::string undecided_somewhere(const std::vector<Stretch>& stretches, std::string_view things) {
  std::map<std::size_t, std::vector<std::string>> by_count;
  std::size_t sizes = 0;
  for (const Stretch& stretch : stretches) {
    sizes += stretch.lines.size();
  }
  Counts all;
  for (const Stretch& stretch : stretches) {
    for (const auto& [name, count] : undecided_of(stretch)) {
      const auto found = std::find_if(all.begin(), all.end(),
                                      [&, wanted = name](const auto& one) { return one.first == wanted; });
      const bool everywhere = count == stretch.lines.size();
      if (found == all.end() && !everywhere) {
        all.emplace_back(name, count);
      } else if (!everywhere) {
        found->second += count;
      }
    }
  }
  for (const auto& [name, count] : all) {
    by_count[count].push_back(name);
  }
  std::string text;
  for (const auto& [count, names] : by_count) {
    text += fmt::format(" Undecided at {} of {} {}: {}.", count, sizes, things, and_list(names));
  }
  return text;
}

/// More changes than a sentence can carry.
std::string tally(const std::vector<Stretch>& stretches, std::string_view things) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  std::size_t sizes = 0;
  for (const Stretch& stretch : stretches) {
    auto found =
        std::find_if(counts.begin(), counts.end(), [&](const auto& one) { return one.first == stretch.use; });
    if (found == counts.end()) {
      found = counts.insert(counts.end(), {stretch.use, 0});
    }
    found->second += stretch.lines.size();
    sizes += stretch.lines.size();
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) {
    parts.push_back(fmt::format("{} at {} of {} {}", name, count, sizes, things));
  }
  return and_list(parts) + ": the table below has each";
}

}  // namespace

bool without_intervals(const Decision& decision) {
  return std::all_of(decision.lines.begin(), decision.lines.end(), [](const DecisionLine& line) {
    return line.basis != Basis::measured || (line.margin && !line.margin->ci95);
  });
}

std::vector<const DecisionLine*> measured_of(const std::vector<DecisionLine>& lines) {
  std::vector<const DecisionLine*> measured;
  for (const DecisionLine& line : lines) {
    if (line.basis == Basis::measured) {
      measured.push_back(&line);
    }
  }
  return measured;
}

std::vector<Stretch> stretches_of(const Decision& decision) {
  std::vector<Stretch> stretches;
  for (const DecisionLine& line : decision.lines) {
    if (line.basis != Basis::measured || line.use.empty()) {
      continue;
    }
    if (stretches.empty() || stretches.back().use != line.use) {
      stretches.push_back({line.use, {}});
    }
    stretches.back().lines.push_back(&line);
  }
  return stretches;
}

std::set<std::string> used_backends(const Analysis& analysis) {
  std::set<std::string> used;
  for (const Decision& decision : analysis.decisions) {
    for (const Stretch& stretch : stretches_of(decision)) {
      used.insert(stretch.use);
    }
  }
  return used;
}

bool shares_its_size(const std::vector<const DecisionLine*>& lines, const DecisionLine& line) {
  return std::count_if(lines.begin(), lines.end(), [&](const DecisionLine* other) {
           return same_size(other->low_parameters, line.low_parameters);
         }) > 1;
}

bool any_share_a_size(const std::vector<const DecisionLine*>& lines) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const DecisionLine* line) { return shares_its_size(lines, *line); });
}

std::string size_name(const std::vector<const DecisionLine*>& lines, const DecisionLine& line) {
  return shares_its_size(lines, line) ? line.models.front() : parameters_text(line.low_parameters);
}

std::string nothing_ranked(const Decision& decision) {
  return decision.without_figures ? fmt::format("no row has a figure for {}", decision.metric->words)
                                  : "no backend has every scenario ok at any size";
}

std::string answer_sentence(const Decision& decision) {
  const auto stretches = stretches_of(decision);
  const auto measured = measured_of(decision.lines);
  if (stretches.empty()) {
    return "No answer: " + nothing_ranked(decision) +
           (decision.without_figures ? ". Another --metric may have one."
                                     : "; see Outcomes for the reasons.");
  }
  if (without_intervals(decision)) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < stretches.size() && i < 3; ++i) {
      parts.push_back(stretches[i].use + " " + where_text(measured, stretches, i, ""));
    }
    return fmt::format(
        "Not decided: fewer than 2 ok repetitions give no interval. The {} mean is of {}. Repeat with "
        "--repetitions 3 or more.",
        best_end(*decision.metric), and_list(parts));
  }
  constexpr std::size_t kMostStretches = 4;
  const std::string_view things = things_measured(measured);
  std::string text = "Use ";
  if (stretches.size() > kMostStretches) {
    return text + tally(stretches, things) + "." + undecided_somewhere(stretches, things);
  }
  std::string_view unit = " parameters";  // said once
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const std::string where = where_text(measured, stretches, i, unit);
    unit = where.find(" parameters") == std::string::npos ? unit : "";
    text += (i == 0 ? "" : "; ") + stretches[i].use + " " + where + undecided_everywhere(stretches[i]);
  }
  const bool alone = std::all_of(decision.lines.begin(), decision.lines.end(), [](const DecisionLine& line) {
    return line.basis != Basis::measured || !line.margin;
  });
  return text + (alone ? ": the only backend with every scenario ok." : ".") +
         undecided_somewhere(stretches, things);
}

std::string behind_word(const record::Metric& metric) {
  return metric.superlative == record::kThroughput.superlative ? "slower" : "worse";
}

std::string ahead_word(const record::Metric& metric) {
  return metric.superlative == record::kThroughput.superlative ? "faster" : "better";
}

std::string excess_text(double factor) {
  constexpr double kPercent = 1.195;
  if (factor < kPercent) {
    const double percent = 100 * (factor - 1);
    return percent < 0.95 ? "under 1%" : fmt::format("{:.0f}%", percent);
  }
  return fmt::format("{} times",
                     factor < 9.95 ? fmt::format("{:.1f}", factor) : fmt::format("{:.0f}", factor));
}

std::string excess_range_text(double low, double high) {
  constexpr double kPercent = 1.195;
  const std::string first = excess_text(low);
  const std::string last = excess_text(high);
  if (low < kPercent && first != last) {
    return "up to " + last;
  }
  return first == last ? first : first.substr(0, first.find(' ')) + " to " + last;
}

std::size_t count_words(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::size_t count = 0;
  for (std::string word; words >> word;) {
    ++count;
  }
  return count;
}

}  // namespace inferscale::report
