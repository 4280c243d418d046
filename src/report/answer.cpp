#include "report/answer.hpp"

#include <algorithm>
#include <set>

#include "analysis/quantity.hpp"
#include "report/crossover_words.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Neighbouring measured sizes with the same answer.
struct Stretch {
  enum class Kind {
    decided,      ///< the winner's interval excludes 1 against every other backend
    tie,          ///< the winner and `tied`
    no_interval,  ///< fewer than 2 repetitions: the winner only has the best mean
    alone,        ///< no other backend has every scenario
  };
  Kind kind = Kind::decided;
  const record::Metric* metric = &record::kThroughput;
  std::string winner;
  std::set<std::string> tied;
  std::vector<const DecisionLine*> sizes;

  [[nodiscard]] double low() const { return sizes.front()->low_parameters; }
  [[nodiscard]] double high() const { return sizes.back()->high_parameters; }
};

Stretch stretch_of(const DecisionLine& line) {
  Stretch stretch;
  stretch.winner = line.winner;
  stretch.sizes = {&line};
  if (!line.margin) {
    stretch.kind = Stretch::Kind::alone;
  } else if (!line.tied_with.empty()) {
    stretch.kind = line.margin->ci95 ? Stretch::Kind::tie : Stretch::Kind::no_interval;
    if (line.margin->ci95) {
      stretch.tied.insert(line.tied_with.begin(), line.tied_with.end());
    }
  }
  return stretch;
}

/// Who the answer names; in a tie, whoever has the higher mean makes no difference.
std::set<std::string> answer_names(const Stretch& stretch) {
  auto names = stretch.tied;
  names.insert(stretch.winner);
  return names;
}

std::vector<Stretch> stretches_of(const Decision& decision) {
  std::vector<Stretch> stretches;
  for (const DecisionLine& line : decision.lines) {
    if (line.basis != Basis::measured || line.winner.empty()) {
      continue;
    }
    Stretch next = stretch_of(line);
    next.metric = decision.metric;
    if (!stretches.empty() && stretches.back().kind == next.kind &&
        answer_names(stretches.back()) == answer_names(next)) {
      stretches.back().sizes.push_back(&line);
    } else {
      stretches.push_back(std::move(next));
    }
  }
  return stretches;
}

std::string who(const Stretch& stretch) {
  switch (stretch.kind) {
    case Stretch::Kind::decided:
      return fmt::format("{} {}", stretch.winner, stretch.metric->superlative);
    case Stretch::Kind::tie: {
      std::vector<std::string> names{stretch.winner};
      names.insert(names.end(), stretch.tied.begin(), stretch.tied.end());
      return and_list(names) + " tie";
    }
    case Stretch::Kind::no_interval:
      return fmt::format("{} has the {} mean", stretch.winner, best_end(*stretch.metric));
    case Stretch::Kind::alone:
      return stretch.winner + " is the only backend with every scenario ok";
  }
  return stretch.winner;
}

std::string where(const std::vector<Stretch>& stretches, std::size_t i) {
  const Stretch& stretch = stretches[i];
  if (stretches.size() == 1) {
    return stretch.sizes.size() == 1
               ? fmt::format("at the one measured size, {} parameters", parameters_text(stretch.low()))
               : fmt::format("at every measured size, {} parameters",
                             size_range_text(stretch.low(), stretch.high()));
  }
  if (i == 0) {
    return fmt::format("up to {} parameters", parameters_text(stretch.high()));
  }
  if (i + 1 == stretches.size()) {
    return "from " + parameters_text(stretch.low());
  }
  return (stretch.sizes.size() == 1 ? "at " : "from ") + size_range_text(stretch.low(), stretch.high());
}

/// The size at which a winner's lead is smallest.
const DecisionLine& closest(const Stretch& stretch) {
  return **std::min_element(
      stretch.sizes.begin(), stretch.sizes.end(),
      [](const DecisionLine* a, const DecisionLine* b) { return a->margin->ratio < b->margin->ratio; });
}

/// ", 1.31 times as fast as openvino-cpu (95% interval 1.25 to 1.38), where it is closest, at 25.0 M"
std::string smallest_lead(const Stretch& stretch) {
  const DecisionLine& line = closest(stretch);
  const std::string at = stretch.sizes.size() == 1 ? std::string()
                                                   : fmt::format(", where it is closest, at {}",
                                                                 parameters_text(line.low_parameters));
  return fmt::format(", {} {} {} {}{}", ratio_text(line.margin->ratio), stretch.metric->comparative,
                     line.runner_up, interval_words(line.margin->ci95), at);
}

/// "; no lead is larger than 1.02 times (95% interval 0.98 to 1.06, at 25.0 M)"
std::string largest_lead_of_tie(const Stretch& stretch) {
  const auto farthest = std::max_element(
      stretch.sizes.begin(), stretch.sizes.end(),
      [](const DecisionLine* a, const DecisionLine* b) { return a->margin->ratio < b->margin->ratio; });
  const DecisionLine& line = **farthest;
  if (!line.margin->ci95 || line.margin->winner != 0) {
    return {};
  }
  return fmt::format("; the largest lead is {}'s, {} times the next {} at {}", line.winner,
                     ratio_text(line.margin->ratio), interval_words(line.margin->ci95),
                     parameters_text(line.low_parameters));
}

/// The farthest that a tie's 95% intervals reach from 1, as a factor: how sure it is that the two are alike.
std::optional<double> tie_factor(const Stretch& stretch) {
  double factor = 1;
  for (const DecisionLine* line : stretch.sizes) {
    if (!line->margin->ci95) {
      return std::nullopt;
    }
    factor = std::max({factor, line->margin->ci95->high, 1 / line->margin->ci95->low});
  }
  return factor;
}

/// "4.2%", or "a factor of 1.38" where that is a tenth or more.
std::string tie_factor_text(double factor) {
  constexpr double kTenth = 1.095;  // two digits of less are below 10%
  return factor < kTenth ? fmt::format("{:.2g}%", 100 * (factor - 1))
                         : fmt::format("a factor of {}", ratio_text(factor));
}

/// Behind a stretch that is one of several: " (2.03 times openvino-cpu, 95% interval 1.38 to 2.98)", or " (to
/// within 4.2%)" of a tie of two.
std::string how_sure(const Stretch& stretch) {
  if (stretch.kind == Stretch::Kind::tie && stretch.tied.size() == 1) {
    const auto factor = tie_factor(stretch);
    return factor ? fmt::format(" (to within {})", tie_factor_text(*factor)) : std::string();
  }
  if (stretch.kind != Stretch::Kind::decided) {
    return {};
  }
  const DecisionLine& line = closest(stretch);
  const std::string at = stretch.sizes.size() == 1
                             ? std::string()
                             : fmt::format("; closest at {}", parameters_text(line.low_parameters));
  const auto& ci95 = line.margin->ci95;
  const bool higher = stretch.metric->better == record::Direction::higher;
  return fmt::format(" ({} {} {}, 95% interval {} to {}{})", ratio_text(line.margin->ratio),
                     higher ? "times" : stretch.metric->comparative, line.runner_up, ratio_text(ci95->low),
                     ratio_text(ci95->high), at);
}

/// One clause a change of the winner between decided stretches.
std::string changes(const Analysis& analysis, protocol::Mode mode, const std::vector<Stretch>& stretches) {
  std::vector<std::pair<const Stretch*, const Stretch*>> pairs;
  const Stretch* last = nullptr;
  for (const Stretch& stretch : stretches) {
    if (stretch.kind != Stretch::Kind::decided) {
      continue;
    }
    if (last != nullptr && last->winner != stretch.winner) {
      pairs.emplace_back(last, &stretch);
    }
    last = &stretch;
  }
  std::string text;
  for (const auto& [low, high] : pairs) {
    const std::string place =
        pairs.size() == 1 && stretches.size() == 2
            ? "between them"
            : fmt::format("between {} and {}", parameters_text(low->high()), parameters_text(high->low()));
    text += fmt::format("; the answer changes {} ({})", place,
                        crossing_words(find_crossover(analysis, mode, low->winner, high->winner), low->winner,
                                       high->winner, low->high(), high->low()));
  }
  return text;
}

/// More changes than a sentence can carry: in how many sizes each answer holds.
std::string tally(const std::vector<Stretch>& stretches) {
  std::vector<std::pair<std::string, long>> counts;
  long total = 0;
  for (const Stretch& stretch : stretches) {
    const std::string answer = who(stretch);
    auto found =
        std::find_if(counts.begin(), counts.end(), [&](const auto& one) { return one.first == answer; });
    if (found == counts.end()) {
      found = counts.insert(counts.end(), {answer, 0});
    }
    found->second += static_cast<long>(stretch.sizes.size());
    total += static_cast<long>(stretch.sizes.size());
  }
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [answer, count] : counts) {
    parts.push_back(fmt::format("{} at {}", answer, count));
  }
  return fmt::format("no one answer by size: of {} measured sizes, {} (the table below has each)", total,
                     and_list(parts));
}

}  // namespace

std::string answer_sentence(const Analysis& analysis, const Decision& decision) {
  const auto stretches = stretches_of(decision);
  if (stretches.empty()) {
    return "no backend has every scenario ok at any size, so there is no answer; see Outcomes for the "
           "reasons.";
  }
  constexpr std::size_t kMostStretches = 4;
  std::string text;
  if (stretches.size() > kMostStretches) {
    text = tally(stretches);
  } else {
    // With a change of the winner its interval says how sure it is; without one the leads must.
    const std::string changed = changes(analysis, decision.mode, stretches);
    const bool with_leads = stretches.size() > 1 && changed.empty();
    for (std::size_t i = 0; i < stretches.size(); ++i) {
      text += (i == 0 ? "" : (with_leads ? "; " : ", ")) + who(stretches[i]) + " " + where(stretches, i) +
              (with_leads ? how_sure(stretches[i]) : "");
    }
    text += (stretches.size() == 1 ? " (measured)" : (with_leads ? "; all measured" : " (all measured)")) +
            changed;
  }
  if (stretches.size() == 1 && stretches.front().kind == Stretch::Kind::decided) {
    text += smallest_lead(stretches.front());
  }
  if (stretches.size() == 1 && stretches.front().kind == Stretch::Kind::tie) {
    text += largest_lead_of_tie(stretches.front());
  }
  if (std::any_of(stretches.begin(), stretches.end(),
                  [](const Stretch& one) { return one.kind == Stretch::Kind::no_interval; })) {
    text += fmt::format(
        "; fewer than 2 ok repetitions give no interval, so a {} mean decides nothing: repeat the study "
        "with --repetitions 3 or more",
        best_end(*decision.metric));
  }
  return text + ".";
}

}  // namespace inferscale::report
