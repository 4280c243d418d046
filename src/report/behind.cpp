// How far the others lie behind the backend to use: the sentences under the first one.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// What a reader chooses between: runtime and device of a backend.
struct Kind {
  std::string runtime, device;
};

Kind kind_of(const Analysis& analysis, const Json& environment, const std::string& backend) {
  Kind kind;
  for (const BackendFacts& facts : analysis.backends) {
    kind.device = facts.name == backend ? facts.device : kind.device;
  }
  if (environment.is_object() && environment.contains("backends") &&
      environment["backends"].contains(backend)) {
    kind.runtime = field_text(environment["backends"][backend], "runtime");
  }
  kind.runtime = kind.runtime.empty() ? backend : kind.runtime;
  return kind;
}

const RankedBackend* ranked_in(const DecisionLine& line, const std::string& backend) {
  const auto found = std::find_if(line.ranking.begin(), line.ranking.end(),
                                  [&](const RankedBackend& one) { return one.backend == backend; });
  return found == line.ranking.end() ? nullptr : &*found;
}

/// How many times as good the one to use is, at the sizes where both are measured.
struct Distance {
  std::string backend;
  double low = 0, high = 0, log_mean = 0;
  std::string low_at, high_at;
  int sizes = 0, alike = 0, undecided = 0;
};

std::optional<Distance> distance_to(const std::vector<const DecisionLine*>& lines,
                                    const std::string& backend) {
  Distance distance;
  distance.backend = backend;
  for (const DecisionLine* line : lines) {
    const RankedBackend* ranked = ranked_in(*line, backend);
    if (ranked == nullptr || line->use == backend) {
      continue;
    }
    const double factor = ranked->behind.ratio;
    if (distance.sizes == 0 || factor < distance.low) {
      distance.low = factor;
      distance.low_at = size_name(lines, *line);
    }
    if (distance.sizes == 0 || factor > distance.high) {
      distance.high = factor;
      distance.high_at = size_name(lines, *line);
    }
    distance.log_mean += std::log(factor);
    distance.alike += ranked->verdict == Verdict::alike ? 1 : 0;
    distance.undecided += ranked->verdict == Verdict::undecided ? 1 : 0;
    ++distance.sizes;
  }
  if (distance.sizes == 0) {
    return std::nullopt;
  }
  distance.log_mean /= distance.sizes;
  return distance;
}

/// "tensorrt-int8 is about as fast: between 12% slower (11.2 M) and 4% faster (74.8 M)."
std::string near_sentence(const record::Metric& metric, const Distance& near, bool one_size) {
  if (near.alike == near.sizes) {
    return fmt::format("{} is alike{}.", near.backend, one_size ? "" : " at every size");
  }
  if (near.low >= 1) {
    return fmt::format("{} is close: {} {}.", near.backend, excess_range_text(near.low, near.high),
                       behind_word(metric));
  }
  if (near.high <= 1) {
    return fmt::format("{} is close: {} {}.", near.backend, excess_range_text(1 / near.high, 1 / near.low),
                       ahead_word(metric));
  }
  return fmt::format("{} is close: between {} {} ({}) and {} {} ({}).", near.backend, excess_text(near.high),
                     behind_word(metric), near.high_at, excess_text(1 / near.low), ahead_word(metric),
                     near.low_at);
}

/// A backend that nobody loses much by: alike somewhere, or within a tenth in the mean.
bool is_near(const Distance& distance) {
  constexpr double kNear = 0.1;
  return distance.alike > 0 || distance.log_mean < kNear;
}

/// The farthest that one is ahead of another at a batch, where the interval says so; 1: nowhere.
double ahead_at_batch(const PartDecision& part, const std::string& first, const std::string& second) {
  double most = 1;
  for (const DecisionLine& line : part.lines) {
    const RankedBackend* a = ranked_in(line, first);
    const RankedBackend* b = ranked_in(line, second);
    if (a == nullptr || b == nullptr) {
      continue;
    }
    // Both are held against the one to use; of a pair that has it, the other's interval is the pair's.
    const bool sure_a = line.use == first && b->behind.ci95 && b->behind.ci95->low > 1;
    const bool sure_b = line.use == second && a->behind.ci95 && a->behind.ci95->high < 1;
    if (sure_a || sure_b) {
      most = std::max(most, b->behind.ratio / a->behind.ratio);
    }
  }
  return most;
}

/// "By batch: tensorrt-fp16 is up to 6% faster at batch 1, tensorrt-int8 up to 5% at batch 4."
std::string batch_sentence(const Decision& decision, const std::string& use, const std::string& other) {
  std::string use_at, other_at;
  double use_most = 1, other_most = 1;
  for (const PartDecision& part : decision.by_batch) {
    const double by_use = ahead_at_batch(part, use, other);
    const double by_other = ahead_at_batch(part, other, use);
    if (by_use > use_most && by_other == 1) {
      use_most = by_use;
      use_at = std::to_string(part.batch);
    }
    if (by_other > other_most && by_use == 1) {
      other_most = by_other;
      other_at = std::to_string(part.batch);
    }
  }
  if (use_at.empty() || other_at.empty()) {
    return {};
  }
  return fmt::format("By batch: {} is up to {} {} at batch {}, {} up to {} at batch {}.", use,
                     excess_text(use_most), ahead_word(*decision.metric), use_at, other,
                     excess_text(other_most), other_at);
}

/// Where another backend is the one to use at a batch.
struct Exception {
  std::string backend;
  int batch = 0;
  double most = 1;           ///< times as good as the one to use over all batches
  double low = 0, high = 0;  ///< sizes, parameters
};

const DecisionLine* line_of_models(const std::vector<const DecisionLine*>& lines,
                                   const DecisionLine& wanted) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const DecisionLine* line) { return line->models == wanted.models; });
  return found == lines.end() ? nullptr : *found;
}

std::vector<Exception> exceptions_of(const Decision& decision) {
  const auto overall = measured_of(decision.lines);
  std::vector<Exception> exceptions;
  for (const PartDecision& part : decision.by_batch) {
    for (const DecisionLine* line : measured_of(part.lines)) {
      const DecisionLine* whole = line_of_models(overall, *line);
      const RankedBackend* usual = whole == nullptr ? nullptr : ranked_in(*line, whole->use);
      if (usual == nullptr || line->use == whole->use || usual->verdict != Verdict::slower) {
        continue;
      }
      auto found = std::find_if(exceptions.begin(), exceptions.end(), [&](const Exception& one) {
        return one.backend == line->use && one.batch == part.batch;
      });
      if (found == exceptions.end()) {
        found = exceptions.insert(exceptions.end(), {line->use, part.batch, 1, line->low_parameters, 0});
      }
      found->most = std::max(found->most, usual->behind.ratio);
      found->high = line->high_parameters;
    }
  }
  return exceptions;
}

/// "At batch 1, tensorrt-fp16 is up to 1.4 times faster (124 M to 135 M)."
std::string exception_sentence(const Decision& decision) {
  const auto exceptions = exceptions_of(decision);
  const auto most = std::max_element(exceptions.begin(), exceptions.end(),
                                     [](const auto& a, const auto& b) { return a.most < b.most; });
  if (most == exceptions.end() || most->most <= 1 + decision.indifference) {
    return {};
  }
  const bool one_size = same_size(most->low, most->high);
  const std::string sizes = size_range_text(most->low, one_size ? most->low : most->high);
  return fmt::format("At batch {}, {} is {}{} {} ({}).", most->batch, most->backend, one_size ? "" : "up to ",
                     excess_text(most->most), ahead_word(*decision.metric), sizes);
}

/// The best of a runtime on a device, nearest first.
struct Behind {
  std::string device, words;
};

/// A few, the nearest of another device among them.
std::vector<std::string> nearest(const std::vector<Behind>& rest, const std::string& device) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> words;
  const auto other =
      std::find_if(rest.begin(), rest.end(), [&](const Behind& one) { return one.device != device; });
  for (auto one = rest.begin(); one != rest.end(); ++one) {
    const bool room_for_other = other != rest.end() && other > one && words.size() + 1 == kMost;
    if (words.size() < kMost && !room_for_other) {
      words.push_back(one->words);
    }
  }
  return words;
}

/// The one to use at most sizes, and those that are to use at none, the nearest first.
struct Standings {
  std::string use;  ///< empty where nothing is ranked
  std::vector<Distance> others;
};

Standings standings_of(const Analysis& analysis, const Decision& decision) {
  const auto lines = measured_of(decision.lines);
  std::map<std::string, int> uses;
  for (const DecisionLine* line : lines) {
    ++uses[line->use];
  }
  if (uses.empty()) {
    return {};
  }
  Standings standings;
  standings.use = std::max_element(uses.begin(), uses.end(), [](const auto& a, const auto& b) {
                    return a.second < b.second;
                  })->first;
  for (const BackendFacts& backend : analysis.backends) {
    if (auto distance = distance_to(lines, backend.name); distance && !uses.contains(backend.name)) {
      standings.others.push_back(std::move(*distance));
    }
  }
  std::stable_sort(standings.others.begin(), standings.others.end(),
                   [](const Distance& a, const Distance& b) { return a.log_mean < b.log_mean; });
  return standings;
}

std::string by_batch(const Decision& decision, const Standings& standings) {
  const auto near = std::find_if(standings.others.begin(), standings.others.end(), is_near);
  if (near != standings.others.end()) {
    if (std::string both = batch_sentence(decision, standings.use, near->backend); !both.empty()) {
      return both;
    }
  }
  return standings.use.empty() ? std::string() : exception_sentence(decision);
}

}  // namespace

std::string by_batch_sentence(const Analysis& analysis, const Decision& decision) {
  return by_batch(decision, standings_of(analysis, decision));
}

std::vector<std::string> behind_sentences(const Analysis& analysis, const Decision& decision,
                                          const Json& environment) {
  const Standings standings = standings_of(analysis, decision);
  if (standings.use.empty()) {
    return {};
  }
  std::vector<std::string> sentences;
  std::string batches = by_batch(decision, standings);
  std::vector<Behind> rest;
  const Kind best = kind_of(analysis, environment, standings.use);
  std::vector<std::string> seen{best.device + "/" + best.runtime};
  for (const Distance& distance : standings.others) {
    if (is_near(distance) && sentences.empty()) {
      sentences.push_back(near_sentence(*decision.metric, distance, measured_of(decision.lines).size() == 1));
      continue;
    }
    const Kind kind = kind_of(analysis, environment, distance.backend);
    const std::string key = kind.device + "/" + kind.runtime;
    if (std::find(seen.begin(), seen.end(), key) != seen.end() || distance.high <= 1) {
      continue;
    }
    seen.push_back(key);
    const bool unknown = distance.undecided == distance.sizes;  // noise may be all that lies between the two
    rest.push_back(
        {kind.device,
         distance.backend + " " + (unknown ? "undecided" : excess_range_text(distance.low, distance.high))});
  }
  if (!batches.empty()) {
    sentences.push_back(std::move(batches));
  }
  if (!rest.empty()) {
    sentences.push_back(fmt::format("Best of each other runtime, {} by: {}.", behind_word(*decision.metric),
                                    comma_list(nearest(rest, best.device))));
  }
  return sentences;
}

}  // namespace inferscale::report
