// How repetitions ended, and why some were not ok.
#include <algorithm>
#include <map>
#include <tuple>

#include "core/plain_text.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

// The column is as wide as the longest; failures.md has the whole of each.
constexpr std::size_t kMaxReasonBytes = 1000;

std::string rate_text(const analysis::OutcomeTotal& total) {
  if (!total.degradation_rate) {
    return kNone;
  }
  return total.ci95 ? fmt::format("{} [{}, {}]", percent_text(*total.degradation_rate),
                                  percent_text(total.ci95->low), percent_text(total.ci95->high))
                    : percent_text(*total.degradation_rate);
}

Table outcome_table(const analysis::Analysis& analysis) {
  Table table{"Repetitions by backend and mode",
              {{"Backend", false},
               {"Mode", false},
               {"Runs", true},
               {"ok", true},
               {"Unsupported", true},
               {"Degraded", true},
               {"Not run yet", true},
               {"Degraded of those tried [95%]", true}},
              {}};
  for (const analysis::OutcomeTotal& total : analysis.outcomes) {
    const analysis::OutcomeCounts& counts = total.outcomes;
    const auto number = [](int count) { return Text(std::to_string(count)); };
    table.rows.push_back({Text(total.backend), std::string(to_string(total.mode)), number(counts.runs),
                          number(counts.ok), number(counts.unsupported), number(counts.degraded),
                          number(total.missing), rate_text(total)});
  }
  return table;
}

/// The first error of each cell, equal ones once.
Table reason_table(const analysis::Analysis& analysis) {
  std::map<std::tuple<std::string, std::string, std::string>, long> reasons;
  for (const analysis::CellStatistics& cell : analysis.cells) {
    std::vector<std::string> outcomes;
    for (const auto& [outcome, count] : cell.outcomes.by_outcome) {
      if (outcome != Outcome::ok) {
        outcomes.emplace_back(to_string(outcome));
      }
    }
    if (!outcomes.empty()) {
      ++reasons[{cell.backend, comma_list(outcomes), cell.first_error}];
    }
  }
  Table table{"Why repetitions are not ok (the first error of each cell)",
              {{"Backend", false}, {"Outcome", false}, {"Cells", true}, {"Reason", false}},
              {}};
  for (const auto& [key, cells] : reasons) {
    const auto& [backend, outcome, error] = key;
    table.rows.push_back(
        {Text(backend), Text(outcome), std::to_string(cells),
         error.empty() ? Text("none was recorded") : Text().code(cut_text(error, kMaxReasonBytes))});
  }
  return table;
}

/// "720 of 720 repetitions are ok"; empty where one is not, or is missing.
std::string all_ok(const analysis::Analysis& analysis) {
  int ok = 0;
  double unseen = 0;
  for (const analysis::OutcomeTotal& total : analysis.outcomes) {
    if (total.outcomes.ok != total.outcomes.runs || total.missing > 0) {
      return {};
    }
    ok += total.outcomes.ok;
    unseen = total.ci95 ? std::max(unseen, total.ci95->high) : unseen;
  }
  return fmt::format(
      "{} of {} repetitions are ok. So many of one backend and mode, all ok, leave room for a rate of "
      "failures of "
      "up to {} (Wilson, 95%).",
      ok, ok, percent_text(unseen));
}

}  // namespace

Blocks outcomes_section(const Source& source, const Figures& figures) {
  Blocks blocks{Heading{2, "Outcomes"}};
  if (source.analysis.outcomes.empty()) {
    blocks.emplace_back(Paragraph{"Nothing has run.", false});
    return blocks;
  }
  if (const std::string words = all_ok(source.analysis); !words.empty()) {
    blocks.emplace_back(Paragraph{words, false});
    return blocks;
  }
  blocks.emplace_back(outcome_table(source.analysis));
  append(blocks, gallery_of(figures.outcomes));
  Table reasons = reason_table(source.analysis);
  if (reasons.rows.empty()) {
    blocks.emplace_back(Paragraph{"Every repetition that ran is ok.", false});
  } else {
    blocks.emplace_back(std::move(reasons));
    blocks.emplace_back(
        Paragraph{Text("Every failed repetition is in ").code("failures.md").plain("."), true});
  }
  return blocks;
}

}  // namespace inferscale::report
