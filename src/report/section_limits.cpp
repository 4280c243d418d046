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

Blocks roofline_section(const Source& source) {
  const auto shares = roofline_shares(source.plan, source.environment, source.analysis);
  if (shares.empty()) {
    return {};
  }
  std::map<std::tuple<Mode, std::string, std::string>, Shares> rows;
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
  for (const Mode mode : source.analysis.modes) {  // in the report's order, not the map's
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
  return {Heading{2, "Roofline"},
          Paragraph{
              "The limit of a cell is the time that its weights take at the machine's copy bandwidth, or its "
              "matrix products at the machine's rate of multiply-adds, whichever is longer; both rates were "
              "measured when the study started. Near 100% there is nothing to gain; far below, time goes "
              "elsewhere. Above 100%, weights came from a cache.",
              true},
          std::move(table)};
}

Blocks precision_section(const Source& source) {
  const auto comparisons = compare_precisions(source.analysis, artifact_facts(source.manifest));
  if (comparisons.empty()) {
    return {};
  }
  Table table{"Precisions of one runtime beside its fp32",
              {{"Backend", false},
               {"Mode", false},
               {"Model", false},
               {"Throughput, tok/s", true},
               {"Ratio to fp32 [95%]", true},
               {"Build, s", true},
               {"Size", true},
               {"Build paid back after", true}},
              {}};
  for (const PrecisionComparison& one : comparisons) {
    const auto number = [](const std::optional<double>& value) {
      return Text(value ? number_text(*value) : std::string(kNone));
    };
    table.rows.push_back(
        {Text(one.backend), std::string(to_string(one.mode)), Text(one.model), number(one.throughput_tok_s),
         Text(one.speedup ? ratio_interval_text(one.speedup->ratio, one.speedup->ci95) : kNone),
         number(one.build_s), Text(one.artifact_bytes ? bytes_text(*one.artifact_bytes) : kNone),
         Text(one.paid_back ? fmt::format("{} s, {} tokens", number_text(one.paid_back->seconds),
                                          number_text(one.paid_back->tokens))
                            : std::string(kNone))});
  }
  return {
      Heading{2, "Precisions"},
      Paragraph{
          "A build is paid back when the faster backend has made up for the tokens that the fp32 one would "
          "have served meanwhile. Accuracy is a matter of its own: a backend that fails its gate is no "
          "choice, however fast.",
          true},
      std::move(table)};
}

}  // namespace inferscale::report
