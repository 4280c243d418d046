// What the decision says, a sentence a fact.
#include <algorithm>
#include <optional>

#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/key_findings.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

std::vector<const DecisionLine*> decided_lines(const Decision& decision) {
  std::vector<const DecisionLine*> lines = measured_of(decision.lines);
  std::erase_if(lines, [](const DecisionLine* line) { return line->use.empty(); });
  return decision.metric == nullptr || without_intervals(decision) ? std::vector<const DecisionLine*>{}
                                                                   : lines;
}

/// "at 124 M parameters", or "on gpt2" where another model is of that size.
std::string place_of(const Decision& decision, const DecisionLine& line) {
  return shares_its_size(measured_of(decision.lines), line)
             ? "on " + line.models.front()
             : "at " + parameters_text(line.low_parameters) + " parameters";
}

/// The best of those that are known to be slower than the one to use; nullptr where none is.
const RankedBackend* next_slower(const DecisionLine& line) {
  const auto found = std::find_if(line.ranking.begin(), line.ranking.end(), [&](const RankedBackend& ranked) {
    return ranked.backend != line.use && ranked.verdict == Verdict::slower && ranked.behind.ratio > 1;
  });
  return found == line.ranking.end() ? nullptr : &*found;
}

std::vector<std::string> better_ones(const DecisionLine& line) {
  std::vector<std::string> names;
  for (const RankedBackend& ranked : line.ranking) {
    if (ranked.verdict == Verdict::faster && ranked.backend != line.use) {
      names.push_back(fmt::format("{} ({})", ranked.backend, excess_text(1 / ranked.behind.ratio)));
    }
  }
  return names;
}

/// Those that the one to use is not known to be ahead of: "undecided against A", "alike with B".
std::vector<std::string> beside_it(const Decision& decision, const DecisionLine& line) {
  std::vector<std::string> parts;
  const auto add = [&](const std::string& how, const std::vector<std::string>& names) {
    if (!names.empty()) {
      parts.push_back(how + " " + and_list(names));
    }
  };
  add(behind_word(*decision.metric) + " than", better_ones(line));
  add("undecided against", line.undecided_with);
  add("alike with", line.alike_with);
  return parts;
}

/// "At 124 M parameters, tensorrt-fp16 is alike with tensorrt-int8 and 2.7 times faster than tensorrt-fp32."
std::string end_sentence(const Decision& decision, const DecisionLine& line) {
  std::vector<std::string> parts = beside_it(decision, line);
  if (const RankedBackend* next = next_slower(line)) {
    parts.push_back(fmt::format("{} {} than {}", excess_text(next->behind.ratio),
                                ahead_word(*decision.metric), next->backend));
  }
  return fmt::format("{}, {} is {}.", sentence_case(place_of(decision, line)), line.use,
                     parts.empty() ? "the only backend ranked" : and_list(parts));
}

/// Both ends in one where they differ in the factor alone; empty where they do not.
std::string both_ends(const Decision& decision, const DecisionLine& smallest, const DecisionLine& largest) {
  const RankedBackend* low = next_slower(smallest);
  const RankedBackend* high = next_slower(largest);
  std::vector<std::string> parts = beside_it(decision, smallest);
  if (low == nullptr || high == nullptr || smallest.use != largest.use || low->backend != high->backend ||
      parts != beside_it(decision, largest)) {
    return {};
  }
  parts.push_back(fmt::format("{} than {} by {} {} and {} {}", ahead_word(*decision.metric), low->backend,
                              excess_text(low->behind.ratio), place_of(decision, smallest),
                              excess_text(high->behind.ratio), place_of(decision, largest)));
  return fmt::format("{} is {}.", smallest.use, and_list(parts));
}

/// What leads at the smallest and at the largest size.
std::vector<std::string> lead_sentences(const Decision& decision) {
  const auto lines = decided_lines(decision);
  if (lines.empty()) {
    return {};
  }
  const DecisionLine& smallest = *lines.front();
  const DecisionLine& largest = *lines.back();
  if (lines.size() == 1) {
    return {end_sentence(decision, smallest)};
  }
  if (std::string both = both_ends(decision, smallest, largest); !both.empty()) {
    return {both};
  }
  return {end_sentence(decision, smallest), end_sentence(decision, largest)};
}

/// Of the one to use over another that is known to be behind.
struct Farthest {
  const DecisionLine* line = nullptr;
  const RankedBackend* last = nullptr;
};

/// Nothing where it is a lead that stands above already.
std::optional<Farthest> largest_distance(const Decision& decision) {
  const auto lines = decided_lines(decision);
  Farthest most;
  for (const DecisionLine* line : lines) {
    for (const RankedBackend& ranked : line->ranking) {
      const bool farther = most.last == nullptr || ranked.behind.ratio > most.last->behind.ratio;
      if (ranked.backend != line->use && ranked.verdict == Verdict::slower && farther) {
        most = {line, &ranked};
      }
    }
  }
  const bool at_an_end = !lines.empty() && (most.line == lines.front() || most.line == lines.back());
  if (most.last == nullptr || (at_an_end && most.last == next_slower(*most.line))) {
    return std::nullopt;
  }
  return most;
}

std::string distance_sentence(const Decision& decision, const Farthest& most) {
  return fmt::format("The largest distance is that of {}, {} {} than {} {}.", most.last->backend,
                     excess_text(most.last->behind.ratio), behind_word(*decision.metric), most.line->use,
                     place_of(decision, *most.line));
}

/// Whether each batch, at each size, has the answer of all of them together. Where no backend is known to be
/// behind there is none to have.
bool same_at_every_batch(const Decision& decision) {
  const auto lines = decided_lines(decision);
  if (std::none_of(lines.begin(), lines.end(),
                   [](const DecisionLine* line) { return next_slower(*line) != nullptr; })) {
    return false;
  }
  return std::all_of(decision.by_batch.begin(), decision.by_batch.end(), [&](const PartDecision& part) {
    const auto measured = measured_of(part.lines);
    return std::all_of(measured.begin(), measured.end(), [&](const DecisionLine* one) {
      return std::any_of(lines.begin(), lines.end(), [&](const DecisionLine* whole) {
        return whole->models == one->models && whole->use == one->use;
      });
    });
  });
}

}  // namespace

std::vector<Finding> decided_findings(const Source& source) {
  std::vector<Finding> findings;
  const std::vector<Decision>& decisions = source.analysis.decisions;
  const auto add = [&](FindingKind kind, std::string sentence, const Decision& decision) {
    if (decisions.size() > 1) {
      sentence.insert(sentence.size() - 1, fmt::format(", in {}", to_string(decision.mode)));
    }
    findings.push_back({kind, std::move(sentence)});
  };
  for (const Decision& decision : decisions) {
    const bool first = findings.empty();
    for (std::string& lead : lead_sentences(decision)) {
      add(first ? FindingKind::lead : FindingKind::lead_of_another_mode, std::move(lead), decision);
    }
  }
  // Of the mode whose distances the answer has.
  if (const auto most = decisions.empty() ? std::nullopt : largest_distance(decisions.front())) {
    add(FindingKind::largest_distance, distance_sentence(decisions.front(), *most), decisions.front());
  }
  for (const Decision& decision : decisions) {
    if (decided_lines(decision).empty() || decision.by_batch.size() < 2) {
      continue;
    }
    if (std::string batch = by_batch_sentence(source.analysis, decision); !batch.empty()) {
      add(FindingKind::batch, std::move(batch), decision);
    } else if (same_at_every_batch(decision)) {
      add(FindingKind::same_at_every_batch, "Every batch has the same answer.", decision);
    }
  }
  return findings;
}

}  // namespace inferscale::report
