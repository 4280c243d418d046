// First tokens against further ones, and what a longer context costs.
#include <algorithm>
#include <set>

#include "analysis/decode_costs.hpp"
#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// The one to use on a model in a mode; empty where there is none.
std::string use_of(const Analysis& analysis, protocol::Mode mode, const std::string& model) {
  for (const Decision& decision : analysis.decisions) {
    for (const DecisionLine* line : measured_of(decision.lines)) {
      const bool here = std::find(line->models.begin(), line->models.end(), model) != line->models.end();
      if (decision.mode == mode && here) {
        return line->use;
      }
    }
  }
  return {};
}

/// Of the one to use with the others; processed/output_length.csv has every pair.
Blocks output_length_blocks(const Analysis& analysis) {
  Table table{"From how many new tokens the backend with faster further tokens takes less time in all",
              {{"Model", false},
               {"Scenario", false},
               {"First token sooner", false},
               {"Further tokens faster", false},
               {"Pays from, new tokens", true}},
              {}};
  for (const OutputLength& one : output_lengths(analysis)) {
    const std::string use = use_of(analysis, one.mode, one.model);
    if (use == one.later || use == one.sooner) {
      table.rows.push_back({Text(one.model), Text(one.scenario), Text(one.sooner), Text(one.later),
                            Text(number_text(one.new_tokens))});
    }
  }
  if (table.rows.empty()) {
    return {};
  }
  return {Heading{3, "Output length"},
          Paragraph{"Pairs of the one to use of which one gives the first token sooner and the other further "
                    "tokens faster, beyond both 95% intervals.",
                    true},
          std::move(table)};
}

Blocks step_growth_blocks(const Source& source) {
  Table table{"Time per output token over the context, least squares over the scenarios of a batch",
              {{"Model", false},
               {"Backend", false},
               {"Batch", true},
               {"Contexts, tokens", true},
               {"At the shortest, ms", true},
               {"More for 1,000 tokens, ms", true},
               {"Longest over shortest", true}},
              {}};
  for (const StepGrowth& one : step_growths(source.analysis, planned_new_tokens(source.plan))) {
    table.rows.push_back({Text(one.model), Text(one.backend), std::to_string(one.batch),
                          Text(fmt::format("{} to {}", number_text(one.least), number_text(one.most))),
                          Text(number_text(one.ms_at_least)), Text(number_text(one.ms_per_1000_tokens)),
                          Text(fmt::format("{:.2f}", one.most_over_least))});
  }
  if (table.rows.empty()) {
    return {};
  }
  return {
      Heading{3, "Longer contexts"},
      Paragraph{"A context is the prompt and half of the new tokens. A step reads the weights once, however "
                "long the context is, and the cache of every sequence: the slope is of the cache.",
                true},
      std::move(table)};
}

}  // namespace

Blocks decode_section(const Source& source) {
  Blocks blocks;
  append(blocks, output_length_blocks(source.analysis));
  append(blocks, step_growth_blocks(source));
  if (!blocks.empty()) {
    blocks.insert(blocks.begin(), Heading{2, "First and further tokens"});
  }
  return blocks;
}

}  // namespace inferscale::report
