// What a build costs and when it has paid for itself.
#include "analysis/cost.hpp"
#include "audit/published_tables.hpp"

namespace inferscale::audit {
namespace {

struct Build {
  std::string name;  ///< "gpt2 tensorrt-int8 after transformers-gpu-compile"
  Printed build_s, slow, fast;
};

using PickCost = double (*)(const analysis::Amortisation&, double slow_tok_s);

std::optional<Recomputed> amortised(const Build& build, PickCost pick) {
  return recompute({build.build_s, build.slow, build.fast},
                   [&](const std::vector<double>& values) -> std::optional<double> {
                     const auto result = analysis::amortise(values[0], values[1], values[2]);
                     return result ? std::optional(pick(*result, values[1])) : std::nullopt;
                   });
}

void check_rates(const PublishedTables& tables, const CsvTable& table, const CsvTable::Row& row,
                 const Build& build, AuditSection& section) {
  const auto model = table.text(row, "model");
  for (const auto& [column, printed] :
       {std::pair<const char*, const Printed*>{"slow", &build.slow}, {"fast", &build.fast}}) {
    const auto backend = table.text(row, column);
    if (const auto overall = tables.overall(model, backend, "prefill")) {
      section.findings.push_back(judge(fmt::format("{} {}: throughput", model, backend), *printed,
                                       Recomputed::copy_of(*overall),
                                       "the prefill mean of throughput_overall.csv"));
    }
  }
  const CsvTable* artifacts = tables.find("artifacts.csv");
  for (std::size_t i = 0; artifacts != nullptr && i < artifacts->rows().size(); ++i) {
    const auto& artifact = artifacts->rows()[i];
    const auto built = artifacts->number(artifact, "build_s");
    if (built && artifacts->text(artifact, "model") == model &&
        artifacts->text(artifact, "artifact") == table.text(row, "fast")) {
      section.findings.push_back(judge(build.name + ": build, s", build.build_s, Recomputed::copy_of(*built),
                                       "build_s of artifacts.csv"));
    }
  }
}

}  // namespace

AuditSection check_amortisation(const PublishedTables& tables) {
  AuditSection section{
      "amortisation",
      "A build is paid for after build_s x slow / (fast - slow) seconds of serving; tokens are "
      "those seconds times a rate.",
      {},
      {}};
  const auto* table = tables.require(
      "amortisation.csv", {"model", "slow", "fast", "build_s", "slow_tok_s", "fast_tok_s"}, section);
  if (table == nullptr) {
    return section;
  }
  for (const auto& row : table->rows()) {
    const auto build_s = table->number(row, "build_s");
    const auto slow = table->number(row, "slow_tok_s");
    const auto fast = table->number(row, "fast_tok_s");
    if (!build_s || !slow || !fast) {
      section.not_checked.push_back(fmt::format("line {}: no build_s, slow_tok_s or fast_tok_s", row.line));
      continue;
    }
    const Build build{fmt::format("{} {} instead of {}", table->text(row, "model"), table->text(row, "fast"),
                                  table->text(row, "slow")),
                      *build_s, *slow, *fast};
    check_rates(tables, *table, row, build, section);
    const auto inputs = fmt::format("{} s, {} and {} tok/s", build_s->text, slow->text, fast->text);
    const auto check = [&](const char* column, const char* what, PickCost pick) {
      if (const auto published = table->number(row, column)) {
        section.findings.push_back(judge(fmt::format("{}: {}", build.name, what), *published,
                                         amortised(build, pick), "from " + inputs));
      } else {
        section.not_checked.push_back(fmt::format("{}: no {}", build.name, column));
      }
    };
    check("seconds", "seconds of serving", [](const analysis::Amortisation& a, double) { return a.seconds; });
    check("slow_tokens", "tokens of the slower in that time",
          [](const analysis::Amortisation& a, double slow_tok_s) { return a.seconds * slow_tok_s; });
    check("fast_tokens", "tokens of the faster in that time",
          [](const analysis::Amortisation& a, double) { return a.tokens; });
  }
  return section;
}

}  // namespace inferscale::audit
