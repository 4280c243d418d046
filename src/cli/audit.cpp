#include "audit/audit.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {
namespace {

struct AuditArguments {
  std::string folder;
  bool json = false;
};

Result<int> run_audit(const AuditArguments& arguments) {
  TRY_ASSIGN(const audit::Audit audit, audit::audit_tables(arguments.folder));
  terminal::print("{}", arguments.json ? to_pretty(to_json(audit)) : to_text(audit));
  const bool nothing =
      std::all_of(audit.sections.begin(), audit.sections.end(),
                  [](const audit::AuditSection& section) { return section.findings.empty(); });
  if (nothing) {
    return fail("nothing in '{}' could be checked: no figure follows from another one there",
                arguments.folder);
  }
  return audit.count(audit::Agreement::disagrees) == 0 ? 0 : 1;
}

}  // namespace

void add_audit_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "audit", "Recompute published tables from one another, and list what agrees and what does not");
  auto arguments = std::make_shared<AuditArguments>();
  command->add_option("dir", arguments->folder, "Folder of CSV tables, such as examples/tr118v2")
      ->required()
      ->type_name("DIR");
  command->add_flag("--json", arguments->json, "The findings as JSON");
  command->footer(
      "docs/how-to/audit.md says which tables there are. Exit codes: 0 nothing disagrees; 1 a figure cannot "
      "be what "
      "the others make it, or the tables cannot be read, or nothing in them could be checked; 2 wrong "
      "usage, a folder without any of the tables among it.");
  command->callback([arguments, &exit_code] {
    const auto result = run_audit(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
