// Sizes in bytes against sizes in "MB", which some tools count in 2^20 bytes.
#include "audit/published_tables.hpp"

namespace inferscale::audit {
namespace {

AuditFinding check_size(const std::string& name, const Printed& bytes, const Printed& published) {
  const auto in_units_of = [&](double unit) {
    return *recompute({bytes},
                      [unit](const std::vector<double>& values) { return std::optional(values[0] / unit); });
  };
  const Recomputed decimal = in_units_of(1e6);
  const Recomputed binary = in_units_of(1 << 20);
  if (ranges_meet(published.range, decimal.range)) {
    return judge(name, published, decimal, bytes.text + " bytes / 10^6");
  }
  return judge(
      name, published, binary,
      fmt::format("{} bytes / 2^20: MiB; in MB of 10^6 it is {}", bytes.text, audit_number(decimal.value)));
}

}  // namespace

AuditSection check_artifact_sizes(const PublishedTables& tables) {
  AuditSection section{
      "artifact sizes", "A size in MB is the size in bytes over 10^6, or over 2^20.", {}, {}};
  const auto* table =
      tables.require("artifacts.csv", {"model", "artifact", "size_bytes", "size_mb_published"}, section);
  if (table == nullptr) {
    return section;
  }
  for (const auto& row : table->rows()) {
    const auto name = fmt::format("{} {}", table->text(row, "model"), table->text(row, "artifact"));
    const auto bytes = table->number(row, "size_bytes");
    const auto published = table->number(row, "size_mb_published");
    if (bytes && published) {
      section.findings.push_back(check_size(name, *bytes, *published));
    } else {
      section.not_checked.push_back(fmt::format("{}: no size in {}", name, bytes ? "MB" : "bytes"));
    }
  }
  return section;
}

}  // namespace inferscale::audit
