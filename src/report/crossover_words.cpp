#include "report/crossover_words.hpp"

#include "analysis/quantity.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

struct Wins {
  long first = 0, second = 0, ties = 0, without_interval = 0;
  long total = 0;
};

Wins count_wins(const Crossover& crossover) {
  Wins wins;
  for (const RatioPoint& point : crossover.points) {
    if (!point.complete) {
      continue;
    }
    ++wins.total;
    wins.first += point.winner > 0 ? 1 : 0;
    wins.second += point.winner < 0 ? 1 : 0;
    wins.without_interval += point.ci95 ? 0 : 1;
    wins.ties += point.winner == 0 && point.ci95 ? 1 : 0;
  }
  return wins;
}

std::string no_bracket(const Crossover& crossover) {
  const Wins wins = count_wins(crossover);
  if (wins.total == 0) {
    return "no size has both on the same scenarios";
  }
  if (wins.without_interval == wins.total) {
    return "not decided: fewer than 2 repetitions, so no interval";
  }
  const std::string sizes = count_text(wins.total, "size");
  const std::string& winner = wins.first > 0 ? crossover.first : crossover.second;
  const long won = wins.first + wins.second;
  if (won == wins.total) {
    return wins.total == 1 ? winner + " wins at the one size measured"
                           : fmt::format("{} wins at all {}", winner, sizes);
  }
  std::string text = won == 0 ? fmt::format("they tie at {} of {}", wins.ties, sizes)
                              : fmt::format("{} wins at {} of {}", winner, won, sizes);
  if (won > 0 && wins.ties > 0) {
    text += fmt::format(", they tie at {}", wins.ties);
  }
  if (wins.without_interval > 0) {
    text += fmt::format(", {} without an interval", wins.without_interval);
  }
  return text;
}

}  // namespace

std::string bracket_text(const Crossover& crossover) {
  std::string text;
  for (const auto& bracket : crossover.brackets) {
    text +=
        fmt::format("{}{} ({}) to {} ({})", text.empty() ? "" : "; ", parameters_text(bracket.low_parameters),
                    bracket.low_model, parameters_text(bracket.high_parameters), bracket.high_model);
  }
  return text.empty() ? kNone : text;
}

std::string interpolated_text(const Crossover& crossover) {
  std::string text;
  for (const auto& bracket : crossover.brackets) {
    if (bracket.interpolated) {
      text += (text.empty() ? "" : "; ") + parameters_text(*bracket.interpolated);
    }
  }
  return text.empty() ? kNone : text;
}

std::string fieller_text(const CrossoverFit& fit) {
  switch (fit.fieller) {
    case FiellerKind::bounded:
      return fmt::format("{} to {}", crossing_text(*fit.ci95_low), crossing_text(*fit.ci95_high));
    case FiellerKind::lower_bounded:
      return crossing_text(*fit.ci95_low) + " or larger";
    case FiellerKind::upper_bounded:
      return crossing_text(*fit.ci95_high) + " or smaller";
    case FiellerKind::unbounded:
      return "any size";
    case FiellerKind::slope_not_significant:
      return fmt::format("none: the slope is not significant (p = {})", p_text(fit.slope_p));
  }
  return kNone;
}

std::string verdict(const Crossover& crossover) {
  if (crossover.brackets.empty()) {
    return no_bracket(crossover);
  }
  std::string text;
  for (std::size_t i = 0; i < crossover.brackets.size(); ++i) {
    const auto& bracket = crossover.brackets[i];
    text += i == 0 ? fmt::format("{} wins up to {}, {} from {}", bracket.low_winner,
                                 parameters_text(bracket.low_parameters), bracket.high_winner,
                                 parameters_text(bracket.high_parameters))
                   : fmt::format(", {} again from {}", bracket.high_winner,
                                 parameters_text(bracket.high_parameters));
    if (!bracket.ties.empty()) {
      text += fmt::format(" (they tie at {})", and_list(bracket.ties));
    }
  }
  return text;
}

}  // namespace inferscale::report
