// How much of the machine each backend uses, and what other precisions of a runtime bring and cost.
#include <algorithm>
#include <map>
#include <tuple>

#include "analysis/precision_cost.hpp"
#include "analysis/quantity.hpp"
#include "analysis/roofline.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// The shares of one backend on one model, over its scenarios.
struct Shares {
  double low = 0, high = 0;
  int cells = 0, compute_bound = 0;
};

std::string bound_text(const Shares& shares) {
  if (shares.compute_bound == 0) {
    return "memory";
  }
  return shares.compute_bound == shares.cells ? "compute" : "memory or compute, by scenario";
}

}  // namespace

Blocks roofline_section(const Source& source, const Figures& figures) {
  const auto shares = roofline_shares(source.plan, source.environment, source.analysis,
                                      record::uses_of(source.manifest).models);
  if (shares.empty()) {
    return {};
  }
  std::map<std::tuple<protocol::Mode, std::string, std::string>, Shares> rows;
  for (const RooflineShare& share : shares) {
    Shares& row =
        rows.try_emplace({share.mode, share.backend, share.model}, Shares{share.share, share.share, 0, 0})
            .first->second;
    row.low = std::min(row.low, share.share);
    row.high = std::max(row.high, share.share);
    ++row.cells;
    row.compute_bound += share.compute_bound ? 1 : 0;
  }
  Table table{"Share of the machine's limit that cells reach",
              {{"Backend", false},
               {"Mode", false},
               {"Model", false},
               {"Scenarios", true},
               {"Least share", true},
               {"Largest share", true},
               {"Limited by", false}},
              {}};
  for (const protocol::Mode mode : source.analysis.modes) {  // in the report's order, not the map's
    for (const BackendFacts& backend : source.analysis.backends) {
      for (const ModelSize& model : source.analysis.models) {
        const auto row = rows.find({mode, backend.name, model.name});
        if (row != rows.end()) {
          table.rows.push_back({Text(backend.name), std::string(to_string(mode)), Text(model.name),
                                std::to_string(row->second.cells), Text(percent_text(row->second.low)),
                                Text(percent_text(row->second.high)), Text(bound_text(row->second))});
        }
      }
    }
  }
  Blocks blocks{
      Heading{2, "Roofline"},
      Paragraph{
          "The limit of a cell is the time that its weights take at the machine's copy bandwidth, or its "
          "matrix products at the machine's rate of multiply-adds, whichever is longer; a small probe "
          "measured "
          "both rates when the study started. Near 100% there is little to gain; far below, time goes "
          "elsewhere. "
          "Above 100% the probe's rate is no limit: it is slower than the runtime's own matrix products "
          "where "
          "the share is limited by compute, and weights come from a cache where it is limited by memory.",
          true}};
  append(blocks, gallery_of(figures, &ModeFigures::roofline));
  blocks.emplace_back(std::move(table));
  return blocks;
}

namespace {

std::string change_text(const std::optional<double>& change) {
  return change ? fmt::format("{:+.3g}%", 100 * *change) : std::string(kNone);
}

Text gate_words(record::Gate gate) {
  return gate == record::Gate::failed ? Text().strong("failed")
                                      : Text(gate == record::Gate::passed ? "passed" : "not checked");
}

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
                                 Text(change_text(one.perplexity_change))});
    }
    if (gate) {
      cells.push_back(gate_words(one.gate));
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
