// Overall means against the scenarios they are over, and ranks that compare means over different scenarios.
#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "audit/published_tables.hpp"

namespace inferscale::audit {
namespace {

std::optional<double> mean_of(const std::vector<double>& values) {
  return values.empty() ? std::nullopt
                        : std::optional(std::accumulate(values.begin(), values.end(), 0.0) /
                                        static_cast<double>(values.size()));
}

std::vector<Printed> values_of(const std::map<std::string, Printed>& by_scenario) {
  std::vector<Printed> values;
  for (const auto& [scenario, value] : by_scenario) {
    values.push_back(value);
  }
  return values;
}

/// What the scenarios that are not printed would have to average for the published mean to hold.
double needed_elsewhere(const Printed& published, const std::vector<Printed>& printed, std::size_t total) {
  double sum = 0;
  for (const Printed& value : printed) {
    sum += value.value;
  }
  const auto missing = static_cast<double>(total - printed.size());
  return (published.value * static_cast<double>(total) - sum) / missing;
}

AuditFinding check_mean(const std::string& what, const Printed& published,
                        const std::vector<Printed>& printed, std::size_t total) {
  const auto recomputed = recompute(printed, mean_of);
  AuditFinding finding = judge(what, published, recomputed,
                               fmt::format("arithmetic mean over {} of {} scenarios", printed.size(), total));
  if (finding.agreement != Agreement::agrees && printed.size() < total) {
    const double needed = needed_elsewhere(published, printed, total);
    finding.why += fmt::format("; it holds only if the {} not printed average {}", total - printed.size(),
                               audit_number(needed));
    finding.agreement = needed > 0 ? Agreement::cannot_be_told : Agreement::disagrees;
  }
  return finding;
}

struct Ranked {
  std::string backend;
  double published = 0;
  std::map<std::string, Printed> scenarios;
};

/// Backends of a model and mode that have both an overall mean and scenarios.
std::vector<Ranked> ranked_backends(const PublishedTables& tables, const CsvTable& overall,
                                    std::string_view model, std::string_view mode) {
  std::vector<Ranked> ranked;
  for (const auto& row : overall.rows()) {
    const auto published = overall.number(row, "throughput_tok_s");
    if (!published || overall.text(row, "model") != model || overall.text(row, "mode") != mode) {
      continue;
    }
    const std::string backend(overall.text(row, "backend"));
    auto scenarios = tables.by_scenario(model, backend, mode);
    if (!scenarios.empty()) {
      ranked.push_back({backend, published->value, std::move(scenarios)});
    }
  }
  return ranked;
}

/// The mean over the scenarios of `like`; nullopt when one is not printed.
std::optional<double> mean_on(const Ranked& backend, const Ranked& like) {
  std::vector<double> values;
  for (const auto& [scenario, ignored] : like.scenarios) {
    const auto found = backend.scenarios.find(scenario);
    if (found == backend.scenarios.end()) {
      return std::nullopt;
    }
    values.push_back(found->second.value);
  }
  return mean_of(values);
}

/// The rank of a backend whose mean is over fewer scenarios, as published and among those that have the same.
AuditFinding check_rank(const std::string& place, const Ranked& partial, const std::vector<Ranked>& all,
                        std::size_t total) {
  const double own = *mean_on(partial, partial);
  long published = 1;
  long matching = 1;
  std::string passed;
  std::size_t compared = 0;
  for (const Ranked& other : all) {
    const auto theirs = mean_on(other, partial);
    if (!theirs) {
      continue;
    }
    ++compared;
    const bool before = other.published > partial.published;
    const bool after = *theirs > own;
    published += before ? 1 : 0;
    matching += after ? 1 : 0;
    if (before != after) {
      passed += fmt::format("; {} {} by the published means, and {} {} on the same scenarios", other.backend,
                            before ? "leads" : "follows", after ? "leads" : "follows",
                            fmt::format("({} against {})", audit_number(*theirs), audit_number(own)));
    }
  }
  return {fmt::format("{}: rank of {}", place, partial.backend), fmt::format("{} of {}", published, compared),
          fmt::format("{} of {}", matching, compared),
          passed.empty() ? Agreement::agrees : Agreement::disagrees,
          fmt::format("its mean is over {} of {} scenarios, and is ranked beside means over more{}",
                      partial.scenarios.size(), total, passed)};
}

/// Model and mode of every row, each once, in the table's order.
std::vector<std::pair<std::string, std::string>> models_and_modes(const CsvTable& overall) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (const auto& row : overall.rows()) {
    std::pair<std::string, std::string> key(overall.text(row, "model"), overall.text(row, "mode"));
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

}  // namespace

AuditSection check_means(const PublishedTables& tables) {
  AuditSection section{"overall means", "An overall mean is the arithmetic mean of its scenarios.", {}, {}};
  const auto* overall =
      tables.require("throughput_overall.csv", {"model", "backend", "mode", "throughput_tok_s"}, section);
  const auto* scenarios = tables.require(
      "throughput_by_scenario.csv", {"model", "backend", "mode", "scenario", "throughput_tok_s"}, section);
  if (overall == nullptr || scenarios == nullptr) {
    return section;
  }
  for (const auto& row : overall->rows()) {
    const auto model = overall->text(row, "model");
    const auto backend = overall->text(row, "backend");
    const auto mode = overall->text(row, "mode");
    const auto what = fmt::format("{} {} {}", model, backend, mode);
    const auto published = overall->number(row, "throughput_tok_s");
    const auto printed = values_of(tables.by_scenario(model, backend, mode));
    if (!published || printed.empty()) {
      section.not_checked.push_back(
          fmt::format("{}: no {}", what, published ? "scenario is printed" : "overall mean"));
      continue;
    }
    section.findings.push_back(check_mean(what, *published, printed, tables.scenarios(mode).size()));
  }
  return section;
}

AuditSection check_ranks(const PublishedTables& tables) {
  AuditSection section{"ranks over unequal scenarios",
                       "Means over different scenarios cannot be ranked together; on the scenarios that both "
                       "have, the order may be another.",
                       {},
                       {}};
  const auto* overall =
      tables.require("throughput_overall.csv", {"model", "backend", "mode", "throughput_tok_s"}, section);
  const auto* scenarios = tables.require(
      "throughput_by_scenario.csv", {"model", "backend", "mode", "scenario", "throughput_tok_s"}, section);
  if (overall == nullptr || scenarios == nullptr) {
    return section;
  }
  for (const auto& [model, mode] : models_and_modes(*overall)) {
    const auto place = fmt::format("{} {}", model, mode);
    const auto ranked = ranked_backends(tables, *overall, model, mode);
    const auto total = tables.scenarios(mode).size();
    if (ranked.empty()) {
      section.not_checked.push_back(fmt::format("{}: no scenario is printed", place));
      continue;
    }
    const bool equal = std::all_of(ranked.begin(), ranked.end(),
                                   [&](const Ranked& one) { return one.scenarios.size() == total; });
    if (equal) {
      section.findings.push_back({place + ": scenarios of the ranked means", fmt::format("{} each", total),
                                  fmt::format("{} each", total), Agreement::agrees,
                                  "every mean is over the same scenarios"});
    }
    for (const Ranked& one : ranked) {
      if (one.scenarios.size() < total) {
        section.findings.push_back(check_rank(place, one, ranked, total));
      }
    }
  }
  return section;
}

}  // namespace inferscale::audit
