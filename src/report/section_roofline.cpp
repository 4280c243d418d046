// How much of the machine each backend uses.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "analysis/quantity.hpp"
#include "analysis/roofline.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// One backend on one model, over its scenarios.
struct Shares {
  std::optional<double> least, largest;  ///< where the limit is one
  double most_gflop_s = 0, most_gb_s = 0;
  int cells = 0, compute_bound = 0;
};

using SharesOf = std::map<std::tuple<protocol::Mode, std::string, std::string>, Shares>;

SharesOf by_model(const std::vector<RooflineShare>& shares) {
  SharesOf rows;
  for (const RooflineShare& share : shares) {
    Shares& row = rows[{share.mode, share.backend, share.model}];
    if (share.limit_holds) {
      row.least = std::min(row.least.value_or(share.share), share.share);
      row.largest = std::max(row.largest.value_or(share.share), share.share);
    }
    row.most_gflop_s = std::max(row.most_gflop_s, share.gflop_s);
    row.most_gb_s = std::max(row.most_gb_s, share.read_gb_s);
    ++row.cells;
    row.compute_bound += share.compute_bound ? 1 : 0;
  }
  return rows;
}

std::string bound_text(const Shares& shares) {
  if (shares.compute_bound == 0) {
    return "memory";
  }
  return shares.compute_bound == shares.cells ? "compute" : "memory or compute, by scenario";
}

/// A share of what is no limit means nothing.
std::string share_text(const std::optional<double>& share) {
  return share ? percent_text(std::min(*share, 1.0)) : "no limit";
}

Table share_table(const Analysis& analysis, const SharesOf& rows) {
  Table table{"Share of the machine's limit that cells reach",
              {{"Backend", false},
               {"Mode", false},
               {"Model", false},
               {"Scenarios", true},
               {"Most GFLOP/s", true},
               {"Most GB/s", true},
               {"Least share", true},
               {"Largest share", true},
               {"Limited by", false}},
              {}};
  for (const protocol::Mode mode : analysis.modes) {  // in the report's order, not the map's
    for (const std::string& backend : ranked_backends(analysis, mode)) {
      for (const ModelSize& model : analysis.models) {
        const auto row = rows.find({mode, backend, model.name});
        if (row != rows.end()) {
          const Shares& shares = row->second;
          table.rows.push_back({Text(backend), std::string(to_string(mode)), Text(model.name),
                                std::to_string(shares.cells), Text(number_text(shares.most_gflop_s)),
                                Text(number_text(shares.most_gb_s)), Text(share_text(shares.least)),
                                Text(share_text(shares.largest)), Text(bound_text(shares))});
        }
      }
    }
  }
  return table;
}

/// Why some cells are faster than the limit; empty where none is.
std::string passed_words(const std::vector<RooflineShare>& shares) {
  long compute = 0, memory = 0, others = 0;
  for (const RooflineShare& share : shares) {
    if (passes_limit(share.share)) {
      ++(share.compute_bound ? compute : memory);
    } else if (!share.limit_holds) {
      ++others;
    }
  }
  std::vector<std::string> why;
  if (compute > 0) {
    why.push_back(fmt::format("in {} the probe's matrix products were slower than the runtime's own",
                              count_text(compute, "cell")));
  }
  if (memory > 0) {
    why.push_back(fmt::format("in {} the weights came from a cache, and the probe reads main memory",
                              count_text(memory, "cell")));
  }
  if (why.empty()) {
    return {};
  }
  const std::string more =
      others == 0
          ? ""
          : fmt::format(" The same rate of matrix products limits {} more, which have no share either.",
                        count_text(others, "cell"));
  return fmt::format(
      "{} of {} are faster than the limit that was measured, so it is no limit there, and no share is given: "
      "{}.{}",
      compute + memory, count_text(static_cast<long>(shares.size()), "cell"), and_list(why), more);
}

/// Backends that ran, and have no share; empty where there are none.
std::string without_words(const Analysis& analysis, const std::vector<RooflineShare>& shares) {
  std::set<std::string> with;
  for (const RooflineShare& share : shares) {
    with.insert(share.backend);
  }
  std::vector<std::string> without;
  for (const BackendFacts& backend : analysis.backends) {
    const bool ran = std::any_of(
        analysis.cells.begin(), analysis.cells.end(),
        [&](const CellStatistics& cell) { return cell.backend == backend.name && cell.outcomes.ok > 0; });
    if (ran && !with.contains(backend.name)) {
      without.push_back(fmt::format("{} ({} on {})", backend.name, backend.precision, backend.device));
    }
  }
  return without.empty() ? std::string()
                         : "The probe measured no rate for " + and_list(without) + ", so there is no share.";
}

/// Where memory stops being the limit: "On cuda memory is the limit below 167 operations a byte in fp16."
std::string ridge_words(const Json& environment) {
  std::vector<std::string> devices;
  for (const DeviceRoofs& roofs : roofs_of(environment)) {
    std::vector<std::string> ridges;
    for (const auto& [computes, flop_s] : roofs.flop_s) {
      ridges.push_back(fmt::format("{} in {}", number_text(flop_s / roofs.bytes_s), computes));
    }
    if (!ridges.empty()) {
      devices.push_back(fmt::format("on {} {}", roofs.device, and_list(ridges)));
    }
  }
  return devices.empty()
             ? std::string()
             : fmt::format("Memory is the limit below so many operations a byte: {}.", and_list(devices));
}

}  // namespace

Blocks roofline_section(const Source& source, const Figures& figures) {
  const auto shares = roofline_shares(source.plan, source.environment, source.analysis,
                                      record::uses_of(source.manifest).models);
  if (shares.empty()) {
    return {};
  }
  Blocks blocks{
      Heading{2, "Roofline"},
      Paragraph{
          "The limit of a cell is the time that its weights take at the machine's rate of memory, or its "
          "matrix products at the machine's rate of multiply-adds, whichever is longer. A small probe "
          "measured both rates when the study started. Near 100% there is little to gain. Far below, time "
          "goes elsewhere.",
          true}};
  for (const std::string& words :
       {ridge_words(source.environment), passed_words(shares), without_words(source.analysis, shares)}) {
    if (!words.empty()) {
      blocks.emplace_back(Paragraph{words, false});
    }
  }
  append(blocks, gallery_of(figures, &ModeFigures::roofline));
  Table table = share_table(source.analysis, by_model(shares));
  constexpr std::size_t kMany = 24;
  if (table.rows.size() > kMany) {
    blocks.push_back(details("Shares of every model", {std::move(table)}));
  } else {
    blocks.emplace_back(std::move(table));
  }
  return blocks;
}

}  // namespace inferscale::report
