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

std::string where_text(const Decision& decision, const std::vector<Stretch>& stretches, std::size_t i) {
  const auto& lines = stretches[i].lines;
  const std::string first = size_name(decision, *lines.front());
  const std::string last = size_name(decision, *lines.back());
  if (lines.size() == 1) {
    return "at " + first;
  }
  const double low = lines.front()->low_parameters;
  const double high = lines.back()->low_parameters;
  if (same_size(low, high)) {
    std::vector<std::string> names;
    for (const DecisionLine* line : lines) {
      names.push_back(line->models.front());
    }
    return "for " + and_list(names);
  }
  return stretches.size() == 1
             ? fmt::format("at every size measured, {} to {}", parameters_text(low), parameters_text(high))
             : fmt::format("from {} to {}", first, last);
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
std::string undecided_somewhere(const std::vector<Stretch>& stretches) {
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
    text += fmt::format(" Undecided at {} of {} sizes: {}.", count, sizes, and_list(names));
  }
  return text;
}

/// More changes than a sentence can carry.
std::string tally(const std::vector<Stretch>& stretches) {
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
    parts.push_back(fmt::format("{} at {} of {} sizes", name, count, sizes));
  }
  return and_list(parts) + ": the table below has each";
}

}  // namespace

std::string size_name(const Decision& decision, const DecisionLine& line) {
  const auto alike = std::count_if(decision.lines.begin(), decision.lines.end(), [&](const auto& other) {
    return other.basis == Basis::measured && same_size(other.low_parameters, line.low_parameters);
  });
  return alike > 1 ? line.models.front() : parameters_text(line.low_parameters);
}

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

std::string answer_sentence(const Decision& decision) {
  const auto stretches = stretches_of(decision);
  if (stretches.empty()) {
    return "No answer: no backend has every scenario ok at any size; see Outcomes for the reasons.";
  }
  if (without_intervals(decision)) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < stretches.size() && i < 3; ++i) {
      parts.push_back(stretches[i].use + " " + where_text(decision, stretches, i));
    }
    return fmt::format(
        "Not decided: fewer than 2 ok repetitions give no interval. The {} mean is of {}. Repeat with "
        "--repetitions 3 or more.",
        best_end(*decision.metric), and_list(parts));
  }
  constexpr std::size_t kMostStretches = 4;
  std::string text = "Use ";
  if (stretches.size() > kMostStretches) {
    return text + tally(stretches) + "." + undecided_somewhere(stretches);
  }
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    text += i == 0 ? "" : "; ";
    text += stretches[i].use + " " + where_text(decision, stretches, i) + (i == 0 ? " parameters" : "") +
            undecided_everywhere(stretches[i]);
  }
  const bool alone = std::all_of(decision.lines.begin(), decision.lines.end(), [](const DecisionLine& line) {
    return line.basis != Basis::measured || !line.margin;
  });
  return text + (alone ? ": the only backend with every scenario ok." : ".") + undecided_somewhere(stretches);
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
