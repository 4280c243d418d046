// The list of key findings: what stands beside the decision, and which sentences fit.
#include "report/key_findings.hpp"

#include <algorithm>
#include <optional>

#include "analysis/quantity.hpp"
#include "protocol/modes/descriptor.hpp"
#include "report/answer.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// New tokens a second of a backend on a model, in the scenarios of a mode.
const CellStatistics* cell_of(const Analysis& analysis, const CellStatistics& like, protocol::Mode mode) {
  const auto found = std::find_if(analysis.cells.begin(), analysis.cells.end(), [&](const auto& cell) {
    return cell.mode == mode && cell.model == like.model && cell.backend == like.backend &&
           cell.scenario.name == like.scenario.name;
  });
  return found == analysis.cells.end() ? nullptr : &*found;
}

/// A mode that makes tokens, with a KV cache or without; nothing where the study has none.
std::optional<protocol::Mode> making_tokens(const Analysis& analysis, bool cached) {
  for (const protocol::Mode mode : analysis.modes) {
    const protocol::ModeDescriptor& described = protocol::descriptor(mode);
    if (described.makes_tokens && described.cached() == cached) {
      return mode;
    }
  }
  return std::nullopt;
}

bool known_apart(const Estimate& low, const Estimate& high) {
  return low.ci95 && high.ci95 && low.ci95->high < high.ci95->low;
}

/// How many times as many new tokens a second the cache gives in each scenario; empty where an interval does
/// not tell.
std::vector<double> cache_factors(const Analysis& analysis, const std::string& backend,
                                  const std::string& model, protocol::Mode with, protocol::Mode without) {
  std::vector<double> factors;
  for (const CellStatistics& cell : analysis.cells) {
    if (cell.mode != with || cell.backend != backend || cell.model != model) {
      continue;
    }
    const CellStatistics* other = cell_of(analysis, cell, without);
    if (other == nullptr || !cell.new_tok_s || !other->new_tok_s ||
        !known_apart(*other->new_tok_s, *cell.new_tok_s)) {
      return {};
    }
    factors.push_back(cell.new_tok_s->mean / other->new_tok_s->mean);
  }
  return factors;
}

/// Of the one to use with a cache, on the largest model.
std::string cache_sentence(const Analysis& analysis) {
  const auto with = making_tokens(analysis, true);
  const auto without = making_tokens(analysis, false);
  const auto decision = std::find_if(analysis.decisions.begin(), analysis.decisions.end(),
                                     [&](const Decision& one) { return with && one.mode == *with; });
  if (!without || decision == analysis.decisions.end()) {
    return {};
  }
  const auto lines = measured_of(decision->lines);
  if (lines.empty() || lines.back()->use.empty()) {
    return {};
  }
  const std::string& use = lines.back()->use;
  const std::string& model = lines.back()->models.front();
  const auto factors = cache_factors(analysis, use, model, *with, *without);
  if (factors.empty()) {
    return {};
  }
  const auto [low, high] = std::minmax_element(factors.begin(), factors.end());
  return fmt::format("The KV cache makes new tokens of {} {} faster on {}.", use,
                     excess_range_text(*low, *high), model);
}

Finding gate_finding(const Analysis& analysis) {
  std::vector<std::string> failing, models;
  bool all_judged = !analysis.quality.empty();
  for (const record::QualityResult& one : analysis.quality) {
    all_judged &= one.verdict.gate == record::Gate::passed;
    if (one.verdict.gate != record::Gate::failed) {
      continue;
    }
    const auto add = [](std::vector<std::string>& names, const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    };
    add(failing, one.backend);
    add(models, one.model);
  }
  if (failing.empty()) {
    return {FindingKind::every_gate_passed, all_judged ? "Every backend passes its accuracy gate." : ""};
  }
  return {FindingKind::gate_failed,
          fmt::format("{} {} accuracy gate on {}.", names_text(failing, "backend"),
                      failing.size() == 1 ? "fails its" : "fail their", names_text(models, "model"))};
}

/// Backends of which nothing could run here, and repetitions that came to nothing.
std::string not_run_sentence(const Analysis& analysis) {
  std::vector<std::string> nowhere;
  int runs = 0, degraded = 0, unsupported = 0, missing = 0;
  for (const BackendFacts& backend : analysis.backends) {
    int own = 0, own_unsupported = 0;
    for (const OutcomeTotal& total : analysis.outcomes) {
      if (total.backend == backend.name) {
        own += total.outcomes.runs;
        own_unsupported += total.outcomes.unsupported;
        degraded += total.outcomes.degraded;
        missing += total.missing;
      }
    }
    runs += own;
    if (own > 0 && own == own_unsupported) {
      nowhere.push_back(backend.name);
    } else {
      unsupported += own_unsupported;
    }
  }
  std::vector<std::string> parts;
  if (!nowhere.empty()) {
    parts.push_back(names_text(nowhere, "backend") + " did not run here");
  }
  const auto add = [&](int count, const char* what) {
    if (count > 0) {
      parts.push_back(fmt::format("{} of {} repetitions {}", count, runs + missing, what));
    }
  };
  add(unsupported, "could not run");
  add(degraded, "ended badly");
  add(missing, "have not run yet");
  return parts.empty() ? std::string() : and_list(parts) + ".";
}

}  // namespace

std::vector<Finding> other_findings(const Source& source) {
  std::vector<Finding> findings;
  const auto add = [&](Finding finding) {
    if (!finding.sentence.empty()) {
      findings.push_back(std::move(finding));
    }
  };
  add({FindingKind::cache, cache_sentence(source.analysis)});
  add(gate_finding(source.analysis));
  add({FindingKind::did_not_run, not_run_sentence(source.analysis)});
  return findings;
}

std::vector<std::string> key_findings(const Source& source) {
  std::vector<Finding> findings = decided_findings(source);
  for (Finding& finding : other_findings(source)) {
    findings.push_back(std::move(finding));
  }
  while (findings.size() > kMostFindings) {
    const auto last = std::max_element(findings.rbegin(), findings.rend(),
                                       [](const Finding& a, const Finding& b) { return a.kind < b.kind; });
    findings.erase(std::next(last).base());
  }
  std::vector<std::string> sentences;
  for (Finding& finding : findings) {
    sentences.push_back(std::move(finding.sentence));
  }
  return sentences;
}

Blocks key_findings_section(const Source& source) {
  List list;
  for (std::string& sentence : key_findings(source)) {
    list.items.emplace_back(std::move(sentence));
  }
  return list.items.empty() ? Blocks{} : Blocks{Heading{2, "Key findings"}, std::move(list)};
}

}  // namespace inferscale::report
