// What other precisions of a runtime bring and cost.
#include <algorithm>

#include "analysis/precision_cost.hpp"
#include "analysis/quantity.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Columns without any figure are left out: a study without a corpus has no perplexity, one without engines
/// may have no builds.
struct PrecisionColumns {
  bool builds = false, perplexity = false, gate = false;

  explicit PrecisionColumns(const std::vector<PrecisionComparison>& comparisons) {
    for (const PrecisionComparison& one : comparisons) {
      builds = builds || one.build_s || one.artifact_bytes;
      perplexity = perplexity || one.perplexity;
      gate = gate || one.gate != record::Gate::not_checked;
    }
  }
  [[nodiscard]] std::vector<Column> titles() const {
    std::vector<Column> columns{{"Backend", false},
                                {"Mode", false},
                                {"Model", false},
                                {"Throughput, tok/s", true},
                                {"Ratio to fp32 [95%]", true}};
    if (perplexity) {
      columns.insert(columns.end(), {{"Perplexity", true}, {"Its change", true}});
    }
    if (gate) {
      columns.push_back({"Gate", false});
    }
    if (builds) {
      columns.insert(columns.end(), {{"Build, s", true}, {"Size", true}, {"Build paid back after", true}});
    }
    return columns;
  }
  [[nodiscard]] std::vector<Text> row(const PrecisionComparison& one) const {
    const auto number = [](const std::optional<double>& value) {
      return Text(value ? number_text(*value) : std::string(kNone));
    };
    std::vector<Text> cells{
        Text(one.backend), std::string(to_string(one.mode)), Text(one.model), number(one.throughput_tok_s),
        Text(one.speedup ? ratio_interval_text(one.speedup->ratio, one.speedup->ci95) : kNone)};
    if (perplexity) {
      cells.insert(cells.end(), {Text(one.perplexity ? perplexity_text(*one.perplexity, one.weights) : kNone),
                                 Text(one.perplexity_change ? change_text(*one.perplexity_change) : kNone)});
    }
    if (gate) {
      cells.push_back(gate_text(one.gate));
    }
    if (builds) {
      cells.insert(cells.end(),
                   {number(one.build_s), Text(one.artifact_bytes ? bytes_text(*one.artifact_bytes) : kNone),
                    Text(one.paid_back ? fmt::format("{} s, {} tokens", number_text(one.paid_back->seconds),
                                                     number_text(one.paid_back->tokens))
                                       : std::string(kNone))});
    }
    return cells;
  }
};

}  // namespace

Blocks precision_section(const Source& source, const Figures& figures) {
  const auto comparisons =
      compare_precisions(source.analysis, builds_of(source), source.plan, source.environment);
  if (comparisons.empty()) {
    return {};
  }
  const PrecisionColumns columns(comparisons);
  Table table{"Precisions of one runtime beside its fp32", columns.titles(), {}};
  for (const PrecisionComparison& one : comparisons) {
    table.rows.push_back(columns.row(one));
  }
  Blocks blocks{
      Heading{2, "Precisions"},
      Paragraph{
          "A build is paid back when the faster backend has made up for the tokens that the fp32 one would "
          "have served meanwhile. The change of perplexity is against the study's reference; a backend that "
          "fails its gate is not ranked, however fast, and has no ratio.",
          true}};
  append(blocks, gallery_of(figures, &ModeFigures::precision));
  blocks.emplace_back(std::move(table));
  return blocks;
}

}  // namespace inferscale::report
