// The points of the crossover: ratios, sizes of known shapes, and throughputs that stand in two tables.
#include "audit/crossover_table.hpp"
#include "family/ladder.hpp"

namespace inferscale::audit {
namespace {

std::optional<double> quotient(const std::vector<double>& values) {
  return values[1] == 0 ? std::nullopt : std::optional(values[0] / values[1]);
}

/// The size of a rung follows from its layers and width.
std::optional<AuditFinding> check_parameters(const CrossoverTable::Point& point) {
  for (const model::DecoderSpec& rung : model::ladder()) {
    if (rung.name == point.model) {
      const auto count = static_cast<double>(parameter_count(rung));
      return judge(point.model + ": parameters", point.parameters, Recomputed::exactly(count),
                   fmt::format("{} layers of width {}, tied embeddings", rung.layers, rung.hidden));
    }
  }
  return std::nullopt;
}

void check_twice(const PublishedTables& tables, const std::string& model, const std::string& backend,
                 const Printed& here, AuditSection& section) {
  if (const auto overall = tables.overall(model, backend, "prefill")) {
    section.findings.push_back(judge(fmt::format("{} {}: throughput", model, backend), here,
                                     Recomputed::copy_of(*overall),
                                     "the prefill mean of throughput_overall.csv"));
  }
}

}  // namespace

AuditSection check_ratios(const PublishedTables& tables) {
  AuditSection section{
      "ratios over size",
      "A ratio is the quotient of the two throughputs beside it, which are the same wherever "
      "they are printed.",
      {},
      {}};
  const auto table = crossover_table(tables, section);
  if (!table) {
    return section;
  }
  for (const auto& point : table->points) {
    if (auto parameters = check_parameters(point)) {
      section.findings.push_back(std::move(*parameters));
    }
    check_twice(tables, point.model, table->first, point.first, section);
    check_twice(tables, point.model, table->second, point.second, section);
    if (point.ratio) {
      section.findings.push_back(judge(fmt::format("{}: {} / {}", point.model, table->first, table->second),
                                       *point.ratio, recompute({point.first, point.second}, quotient),
                                       fmt::format("{} / {}", point.first.text, point.second.text)));
    } else {
      section.not_checked.push_back(point.model + ": no published_ratio");
    }
  }
  return section;
}

}  // namespace inferscale::audit
