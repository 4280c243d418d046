#include <map>
#include <set>
#include <tuple>

#include "core/plain_text.hpp"
#include "study/results_folder.hpp"

namespace inferscale::study {
namespace {

constexpr std::size_t kMaxCellsListed = 20;

/// Rows that failed alike: one section of the file.
struct Group {
  std::set<std::string> cells;  ///< "gpt2 single_micro prefill"
  std::size_t repetitions = 0;
};

using GroupKey = std::tuple<bool, std::string, Outcome, std::string>;  // supported, backend, outcome, reason

std::map<GroupKey, Group> group(std::span<const record::Row> rows) {
  std::map<GroupKey, Group> groups;
  for (const auto& row : rows) {
    if (row.outcome == Outcome::ok) {
      continue;
    }
    auto& entry = groups[{!is_degraded(row.outcome), name_in_plan(row), row.outcome, row.error}];
    entry.cells.insert(fmt::format("{} {} {}", row.model, row.scenario.name, to_string(row.mode)));
    ++entry.repetitions;
  }
  return groups;
}

/// Text of a runtime as a code block of Markdown. The text must not close the block's fence.
std::string code_block(const std::string& reason) {
  std::string text = plain_text(reason);
  for (auto at = text.find("```"); at != std::string::npos; at = text.find("```", at)) {
    text.replace(at, 3, "'''");
  }
  return "```\n" + text + "\n```\n";
}

std::string section(const GroupKey& key, const Group& entry) {
  const auto& [supported, backend, outcome, reason] = key;
  auto text = fmt::format("## {}: {} ({} cells, {} repetitions)\n\n", backend, to_string(outcome),
                          entry.cells.size(), entry.repetitions);
  text += code_block(reason) + "\n";
  std::size_t listed = 0;
  for (const auto& cell : entry.cells) {
    if (++listed > kMaxCellsListed) {
      text += fmt::format("- and {} more\n", entry.cells.size() - kMaxCellsListed);
      break;
    }
    text += fmt::format("- {}\n", plain_text(cell));
  }
  return text + "\n";
}

std::string gate_section(std::span<const record::QualityResult> quality) {
  std::string text;
  for (const auto& result : quality) {
    if (result.verdict.gate != record::Gate::passed) {
      text += fmt::format("- {} on {}: {}\n", result.backend, result.model, words_of(result.verdict.gate)) +
              code_block(result.verdict.reason) + "\n";
    }
  }
  return text.empty() ? text : "## Accuracy gates\n\n" + text;
}

}  // namespace

Result<void> write_failures(const std::filesystem::path& folder, std::span<const record::Row> rows,
                            std::span<const record::QualityResult> quality) {
  const auto groups = group(rows);
  std::string text = "# What failed, and what could not run\n\n";
  if (groups.empty()) {
    text += fmt::format("Nothing: all {} repetitions are ok.\n", rows.size());
  }
  for (const auto& [key, entry] : groups) {  // degraded first: false sorts before true
    text += section(key, entry);
  }
  return write_file_atomic(folder / "failures.md", text + gate_section(quality));
}

}  // namespace inferscale::study
