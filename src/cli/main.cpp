#include <cstdio>
#include <exception>

#include "cli/commands.hpp"
#include "cli/standard_output.hpp"
#include "cli/wrong_usage.hpp"

namespace inferscale::cli {
namespace {

constexpr const char* kDescription =
    "Which inference runtime should serve a transformer of this size on this machine, and at which size "
    "does the answer change?";
constexpr const char* kFooter =
    "Exit codes: 0 ok, 1 the work or a gate failed, 2 wrong usage; compare: 3 inconclusive.";

void add_commands(CLI::App& app, int& exit_code) {
  add_study_command(app, exit_code);
  add_models_command(app, exit_code);
  add_doctor_command(app, exit_code);
  add_backends_command(app, exit_code);
  add_bench_command(app, exit_code);
  add_generate_command(app, exit_code);
  add_perplexity_command(app, exit_code);
  add_build_command(app, exit_code);
  add_export_command(app, exit_code);
  add_report_command(app, exit_code);
  add_analyze_command(app, exit_code);
  add_compare_command(app, exit_code);
  add_audit_command(app, exit_code);
  add_crossover_command(app, exit_code);
  add_recommend_command(app, exit_code);
  add_verify_command(app, exit_code);
  add_artifacts_command(app, exit_code);
  add_fields_command(app, exit_code);
  add_help_command(app, exit_code);
  add_completion_command(app, exit_code);
}

int run(int argc, char** argv) {
  CLI::App app{kDescription, "inferscale"};
  app.footer(kFooter);
  app.set_version_flag("-V,--version", std::string("inferscale " INFERSCALE_VERSION));
  app.require_subcommand(
      0, 1);  // none is refused below, after CLI11 had its chance to name what it did not expect
  int exit_code = 0;
  add_commands(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& wrong_usage) {
    return report_error({wrong_usage_text(app, wrong_usage), Outcome::error, true});
  }
  if (app.get_subcommands().empty()) {
    return report_error({"no command given; see 'inferscale --help'", Outcome::error, true});
  }
  return exit_code;
}

}  // namespace
}  // namespace inferscale::cli

int main(int argc, char** argv) {
  inferscale::cli::hold_standard_descriptors();
  try {
    return inferscale::cli::checked_stdout(inferscale::cli::run(argc, argv));
  } catch (
      const std::exception& unexpected) {  // fmt's when stdout is full, out of memory, or a mistake of ours
    const char* what = std::ferror(stdout) != 0 ? "cannot write to stdout" : "internal error";
    return inferscale::cli::report_error({fmt::format("{}: {}", what, unexpected.what())});
  }
}
