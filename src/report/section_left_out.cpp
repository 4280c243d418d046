// What the answer does not rest on, and why.
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

Table left_out_table(const analysis::Analysis& analysis) {
  Table table{"Not ranked in the decision",
              {{"Backend", false}, {"Model", false}, {"Mode", false}, {"Reason", false}},
              {}};
  for (const analysis::Decision& decision : analysis.decisions) {
    for (const analysis::LeftOut& left : decision.left_out) {
      table.rows.push_back(
          {Text(left.backend), Text(left.model), std::string(to_string(decision.mode)), Text(left.reason)});
    }
  }
  return table;
}

std::vector<Text> remarks_on(const Source& source) {
  std::vector<Text> items;
  long missing = 0;
  for (const analysis::OutcomeTotal& total : source.analysis.outcomes) {
    missing += total.missing;
  }
  if (missing > 0) {
    items.emplace_back(fmt::format("{} planned but not run yet: run the study again to complete it.",
                                   count_text(missing, "repetition")));
  }
  long left_out = 0;
  for (const analysis::OverallMean& mean : source.analysis.overall) {
    left_out += mean.repetitions_left_out;
  }
  if (left_out > 0) {
    items.emplace_back(
        fmt::format("{} ok in some scenarios only: in the tables of cells, not in the overall means.",
                    count_text(left_out, "repetition")));
  }
  for (const std::string& notice : source.analysis.notices) {
    items.emplace_back(notice);
  }
  if (source.analysis.quality.empty()) {
    items.emplace_back(
        "Accuracy: this study compares speed only; it has no perplexity and no parity figures.");
  }
  if (source.prices.empty()) {
    items.emplace_back(Text("Prices: none were given; ")
                           .code("inferscale report --cost-per-hour BACKEND=PRICE,...")
                           .plain(" adds what tokens cost."));
  }
  items.emplace_back("Energy of CPUs, and latency under concurrent load, are not measured.");
  return items;
}

}  // namespace

Blocks left_out_section(const Source& source) {
  Blocks blocks{Heading{2, "What is left out, and why"}};
  if (Table table = left_out_table(source.analysis); !table.rows.empty()) {
    blocks.emplace_back(std::move(table));
  } else if (!source.analysis.decisions.empty()) {
    blocks.emplace_back(Paragraph{"Every backend is ranked at every size that it was measured at.", false});
  }
  blocks.emplace_back(List{remarks_on(source)});
  return blocks;
}

}  // namespace inferscale::report
