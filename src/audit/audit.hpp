#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::audit {

enum class Agreement { agrees, disagrees, cannot_be_told };
std::string_view to_string(Agreement agreement);

/// One published figure beside what follows from the others.
struct AuditFinding {
  std::string what;        ///< "gpt2 tensorrt-int8: overall mean"
  std::string published;   ///< as printed
  std::string recomputed;  ///< with the range that the inputs' rounding leaves
  Agreement agreement = Agreement::cannot_be_told;
  std::string why;  ///< how it was recomputed, or what contradicts what
};

/// The findings of one kind: "overall means", "effect sizes", ...
struct AuditSection {
  std::string name;
  std::string method;  ///< one sentence: what follows from what
  std::vector<AuditFinding> findings;
  std::vector<std::string> not_checked;  ///< "no tests.csv"
};

struct Audit {
  std::string folder;
  std::vector<AuditSection> sections;
  [[nodiscard]] long count(Agreement agreement) const;
};

/// Reads the tables of docs/how-to/audit.md that are in `folder` and recomputes every figure that follows
/// from others. A missing table or column leaves a note; a table that cannot be read, or no table at all, is
/// an error.
Result<Audit> audit_tables(const std::filesystem::path& folder);

Json to_json(const Audit& audit);
/// For people: sections of findings, each two lines.
std::string to_text(const Audit& audit);

}  // namespace inferscale::audit
