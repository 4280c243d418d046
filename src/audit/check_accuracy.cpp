// Perplexities against the mean log probabilities beside them.
#include <cmath>

#include "audit/published_tables.hpp"

namespace inferscale::audit {
namespace {

std::optional<double> perplexity_of(const std::vector<double>& mean_log_prob) {
  return std::exp(-mean_log_prob[0]);
}

/// minimum <= mean <= maximum, and a standard deviation that fits between them: at most half the range
/// (Popoviciu's inequality).
std::optional<AuditFinding> check_spread(const std::string& name, const CsvTable& table,
                                         const CsvTable::Row& row) {
  const auto mean = table.number(row, "mean_log_prob");
  const auto sd = table.number(row, "std_log_prob");
  const auto low = table.number(row, "min_log_prob");
  const auto high = table.number(row, "max_log_prob");
  if (!mean || !sd || !low || !high) {
    return std::nullopt;
  }
  const double largest_sd = (high->range.high - low->range.low) / 2;
  const bool inside = mean->range.high >= low->range.low && mean->range.low <= high->range.high;
  const bool fits = inside && sd->range.low <= largest_sd && high->range.low <= 0;
  return AuditFinding{name + ": log probabilities",
                      fmt::format("mean {}, sd {}, {} to {}", mean->text, sd->text, low->text, high->text),
                      fmt::format("sd at most {:.4g}", largest_sd),
                      fits ? Agreement::agrees : Agreement::disagrees,
                      "minimum <= mean <= maximum <= 0, and a standard deviation of at most half the range"};
}

}  // namespace

AuditSection check_perplexity(const PublishedTables& tables) {
  AuditSection section{
      "perplexity", "Perplexity is exp(-mean log probability) over the same tokens.", {}, {}};
  const auto* table = tables.require("perplexity.csv", {"model", "backend", "perplexity"}, section);
  if (table == nullptr) {
    return section;
  }
  for (const auto& row : table->rows()) {
    const auto name = fmt::format("{} {}", table->text(row, "model"), table->text(row, "backend"));
    const auto published = table->number(row, "perplexity");
    const auto mean = table->number(row, "mean_log_prob");
    if (!published || !mean) {
      section.not_checked.push_back(
          fmt::format("{}: no {}", name, published ? "mean_log_prob" : "perplexity"));
      continue;
    }
    AuditFinding finding = judge(name, *published, recompute({*mean}, perplexity_of),
                                 fmt::format("exp(-x), x = {}", mean->text));
    if (finding.agreement == Agreement::disagrees && published->value > 0) {
      finding.why += fmt::format(
          "; the published perplexity needs {:.4f}, unless the means are over other "
          "tokens",
          -std::log(published->value));
    }
    section.findings.push_back(std::move(finding));
    if (auto spread = check_spread(name, *table, row)) {
      section.findings.push_back(std::move(*spread));
    }
  }
  return section;
}

}  // namespace inferscale::audit
