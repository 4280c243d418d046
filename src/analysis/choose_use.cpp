// Which contender to use at each size: the fewest changes that no measured size speaks against.
#include <algorithm>
#include <cmath>

#include "analysis/size_answers.hpp"

namespace inferscale::analysis {
namespace {

/// Fewer changes first, then the smaller distance of the means to the best ones, summed over sizes.
struct Cost {
  int changes = 0;
  double behind = 0;
  friend auto operator<=>(const Cost&, const Cost&) = default;
};

/// Slower than the best by more than anyone is indifferent to, as far as is known.
bool speaks_against(const Place& place, double indifference) {
  const bool decided = place.best_is == Verdict::faster;
  return decided && place.behind_best.ratio > 1 + indifference;
}

struct Step {
  std::optional<Cost> cost;  ///< none: the contender is no choice at this size
  std::size_t before = 0;    ///< contender of the size before
};

std::vector<Step> first_steps(std::size_t contenders) {
  return std::vector<Step>(contenders, Step{Cost{}, 0});
}

}  // namespace

void SizeAnswers::choose() {
  std::vector<std::vector<Step>> steps;
  for (const Measured& measured : measured_) {
    const Standing standing = at_model(measured.model);
    const std::vector<Step> before = steps.empty() ? first_steps(contenders_.size()) : steps.back();
    std::vector<Step>& here = steps.emplace_back(contenders_.size());
    for (const Place& place : standing.places) {
      if (speaks_against(place, indifference_)) {
        continue;
      }
      Step& step = here[place.contender];
      for (std::size_t from = 0; from < before.size(); ++from) {
        if (!before[from].cost) {
          continue;
        }
        Cost cost = *before[from].cost;
        cost.changes += steps.size() > 1 && from != place.contender ? 1 : 0;
        cost.behind += std::log(place.behind_best.ratio);
        if (!step.cost || cost < *step.cost) {
          step = {cost, from};
        }
      }
    }
  }
  if (steps.empty()) {
    return;
  }
  std::size_t use = 0;
  for (std::size_t i = 0; i < contenders_.size(); ++i) {
    const Step& step = steps.back()[i];
    if (step.cost && (!steps.back()[use].cost || *step.cost < *steps.back()[use].cost)) {
      use = i;
    }
  }
  uses_.assign(steps.size(), 0);
  for (std::size_t i = steps.size(); i-- > 0;) {
    uses_[i] = use;
    use = steps[i][use].before;
  }
  prefer_more_bits();
}

void SizeAnswers::prefer_more_bits() {
  for (std::size_t first = 0; first < uses_.size();) {
    std::size_t last = first;
    while (last < uses_.size() && uses_[last] == uses_[first]) {
      ++last;
    }
    std::size_t use = uses_[first];
    for (std::size_t other = 0; other < contenders_.size(); ++other) {
      bool alike = contenders_[other].bits > contenders_[use].bits;
      for (std::size_t i = first; i < last && alike; ++i) {
        const Standing standing = at_model(measured_[i].model);
        const auto place = std::find_if(standing.places.begin(), standing.places.end(),
                                        [&](const Place& one) { return one.contender == other; });
        alike = place != standing.places.end() && place->use_is == Verdict::alike &&
                !speaks_against(*place, indifference_);
      }
      use = alike ? other : use;
    }
    std::fill(uses_.begin() + static_cast<std::ptrdiff_t>(first),
              uses_.begin() + static_cast<std::ptrdiff_t>(last), use);
    first = last;
  }
}

/// Between two measured sizes the choice of one of them: of the nearer side of where the two cross.
std::size_t SizeAnswers::use_at(const Standing& standing) const {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < measured_.size(); ++i) {
    if (!standing.model.empty()) {
      if (measured_[i].model == standing.model) {
        wanted = {uses_[i]};
      }
      continue;
    }
    if (measured_[i].parameters < standing.parameters) {
      wanted = {uses_[i]};
    } else {
      wanted.push_back(uses_[i]);
      break;
    }
  }
  for (std::size_t place = 0; place < standing.places.size(); ++place) {  // best mean first
    const bool is_wanted =
        std::find(wanted.begin(), wanted.end(), standing.places[place].contender) != wanted.end();
    if (is_wanted && !speaks_against(standing.places[place], indifference_)) {
      return place;
    }
  }
  return 0;
}

}  // namespace inferscale::analysis
