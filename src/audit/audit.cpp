#include "audit/audit.hpp"

#include <algorithm>
#include <utility>

#include "audit/published_tables.hpp"

namespace inferscale::audit {
namespace {

constexpr int kAuditSchemaVersion = 1;

long count_in(const AuditSection& section, Agreement agreement) {
  return std::count_if(section.findings.begin(), section.findings.end(),
                       [&](const AuditFinding& finding) { return finding.agreement == agreement; });
}

std::string counts_text(long agrees, long disagrees, long untold) {
  return fmt::format("{} agree, {} disagree, {} cannot be told", agrees, disagrees, untold);
}

std::string section_text(const AuditSection& section) {
  std::string text =
      fmt::format("{}: {}\n  {}\n", section.name,
                  counts_text(count_in(section, Agreement::agrees), count_in(section, Agreement::disagrees),
                              count_in(section, Agreement::cannot_be_told)),
                  section.method);
  std::size_t width = 4;
  std::size_t published = 9;
  for (const AuditFinding& finding : section.findings) {
    width = std::max(width, finding.what.size());
    published = std::max(published, finding.published.size());
  }
  if (!section.findings.empty()) {
    text += fmt::format("  {:<14}  {:<{}}  {:<{}}  {}\n", "", "what", width, "published", published,
                        "recomputed");
  }
  for (const AuditFinding& finding : section.findings) {
    text += fmt::format("  {:<14}  {:<{}}  {:<{}}  {}\n", to_string(finding.agreement), finding.what, width,
                        finding.published, published, finding.recomputed);
    text += fmt::format("  {:<14}    {}\n", "", finding.why);
  }
  for (const std::string& reason : section.not_checked) {
    text += fmt::format("  not checked: {}\n", reason);
  }
  return text + "\n";
}

}  // namespace

std::string_view to_string(Agreement agreement) {
  switch (agreement) {
    case Agreement::agrees:
      return "agrees";
    case Agreement::disagrees:
      return "disagrees";
    case Agreement::cannot_be_told:
      break;
  }
  return "cannot be told";
}

long Audit::count(Agreement agreement) const {
  long total = 0;
  for (const AuditSection& section : sections) {
    total += count_in(section, agreement);
  }
  return total;
}

Result<Audit> audit_tables(const std::filesystem::path& folder) {
  TRY_ASSIGN(const PublishedTables tables, PublishedTables::read(folder));
  Audit audit{folder.string(), {}};
  if (AuditSection rows = check_rows(tables); !rows.findings.empty()) {
    audit.sections.push_back(std::move(rows));
  }
  for (const auto check :
       {check_means, check_ranks, check_intervals, check_effect_sizes, check_tests, check_ratios,
        check_crossover_fit, check_amortisation, check_degradation, check_perplexity, check_artifact_sizes}) {
    audit.sections.push_back(check(tables));
  }
  return audit;
}

Json to_json(const Audit& audit) {
  Json json = Json::object();
  json["schema_version"] = kAuditSchemaVersion;
  json["agrees"] = audit.count(Agreement::agrees);
  json["disagrees"] = audit.count(Agreement::disagrees);
  json["cannot_be_told"] = audit.count(Agreement::cannot_be_told);
  json["sections"] = Json::array();
  for (const AuditSection& section : audit.sections) {
    Json one{{"name", section.name},
             {"method", section.method},
             {"findings", Json::array()},
             {"not_checked", section.not_checked}};
    for (const AuditFinding& finding : section.findings) {
      one["findings"].push_back(Json{{"what", finding.what},
                                     {"published", finding.published},
                                     {"recomputed", finding.recomputed},
                                     {"agreement", to_string(finding.agreement)},
                                     {"why", finding.why}});
    }
    json["sections"].push_back(std::move(one));
  }
  return json;
}

std::string to_text(const Audit& audit) {
  std::string text;
  for (const AuditSection& section : audit.sections) {
    text += section_text(section);
  }
  return text +
         counts_text(audit.count(Agreement::agrees), audit.count(Agreement::disagrees),
                     audit.count(Agreement::cannot_be_told)) +
         "\n";
}

}  // namespace inferscale::audit
