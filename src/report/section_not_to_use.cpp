// Backends that no answer names, and what speaks against each.
#include <algorithm>
#include <optional>

#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// From here on a backend is no alternative.
constexpr double kFarBehind = 2;

/// "fails its accuracy gate on gpt2 and gpt2-5m"
std::string gate_words(const Analysis& analysis, const std::string& backend) {
  std::vector<std::string> models;
  for (const record::QualityResult& one : analysis.quality) {
    if (one.backend == backend && one.verdict.gate == record::Gate::failed) {
      models.push_back(one.model);
    }
  }
  return models.empty() ? std::string() : "fails its accuracy gate on " + and_list(models);
}

/// "3 of 90 repetitions of prefill ended badly"
std::vector<std::string> outcome_words(const Analysis& analysis, const std::string& backend) {
  std::vector<std::string> words;
  for (const OutcomeTotal& total : analysis.outcomes) {
    if (total.backend == backend && total.outcomes.degraded > 0) {
      words.push_back(fmt::format("{} of {} repetitions of {} ended badly", total.outcomes.degraded,
                                  total.outcomes.ok + total.outcomes.degraded, to_string(total.mode)));
    }
  }
  return words;
}

/// How many times as good the best of its device is: who has no GPU chooses among CPU backends.
std::optional<double> behind_its_device(const Analysis& analysis, const DecisionLine& line,
                                        const BackendFacts& backend) {
  std::optional<double> own, best;
  for (const RankedBackend& ranked : line.ranking) {
    const BackendFacts* facts = find_backend(analysis, ranked.backend);
    if (facts != nullptr && facts->device == backend.device) {
      best = best ? std::min(*best, ranked.behind.ratio) : ranked.behind.ratio;
      own = ranked.backend == backend.name ? ranked.behind.ratio : own;
    }
  }
  return own ? std::optional(*own / *best) : std::nullopt;
}

/// "2.3 to 9.9 times slower than the best on its device at every size in prefill"; empty where it comes
/// nearer somewhere.
std::string distance_words(const Analysis& analysis, const Decision& decision, const BackendFacts& backend) {
  std::vector<double> factors;
  for (const DecisionLine* line : measured_of(decision.lines)) {
    if (const auto factor = behind_its_device(analysis, *line, backend)) {
      factors.push_back(*factor);
    }
  }
  if (factors.empty() || *std::min_element(factors.begin(), factors.end()) < kFarBehind) {
    return {};
  }
  return fmt::format("{} {} than the best on its device{} in {}",
                     excess_range_text(*std::min_element(factors.begin(), factors.end()),
                                       *std::max_element(factors.begin(), factors.end())),
                     behind_word(*decision.metric), factors.size() == 1 ? "" : " at every size",
                     to_string(decision.mode));
}

std::vector<std::string> against(const Analysis& analysis, const BackendFacts& backend) {
  std::vector<std::string> words;
  if (std::string gate = gate_words(analysis, backend.name); !gate.empty()) {
    words.push_back(std::move(gate));
  }
  for (std::string& outcome : outcome_words(analysis, backend.name)) {
    words.push_back(std::move(outcome));
  }
  for (const Decision& decision : analysis.decisions) {
    if (std::string distance = distance_words(analysis, decision, backend); !distance.empty()) {
      words.push_back(std::move(distance));
    }
  }
  return words;
}

}  // namespace

Blocks not_to_use_section(const Source& source) {
  List list;
  for (const BackendFacts& backend : source.analysis.backends) {
    if (const auto words = against(source.analysis, backend); !words.empty()) {
      list.items.push_back(Text().strong(backend.name).plain(": " + comma_list(words) + "."));
    }
  }
  return list.items.empty() ? Blocks{} : Blocks{Heading{2, "What not to use"}, std::move(list)};
}

}  // namespace inferscale::report
