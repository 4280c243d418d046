#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <system_error>

#include "artifact/contents.hpp"
#include "cli/commands.hpp"
#include "core/json.hpp"
#include "terminal/number_options.hpp"
#include "terminal/print.hpp"
#include "terminal/text_table.hpp"

namespace inferscale::cli {

using namespace artifact;

namespace {

struct ArtifactsArguments {
  std::string root = "artifacts";
  std::vector<std::string> models, kinds, results;
  double unused_days = 0;
  bool all = false, dry_run = false, json = false;
};

std::string day_of(const StoredArtifact& artifact) {
  const std::time_t time = std::chrono::system_clock::to_time_t(artifact.last_used);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

std::string mb_text(std::uint64_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6);
}

std::uint64_t bytes_of(const std::vector<StoredArtifact>& all) {
  std::uint64_t bytes = 0;
  for (const StoredArtifact& one : all) {
    bytes += one.bytes;
  }
  return bytes;
}

void print_table(const std::vector<StoredArtifact>& all) {
  std::vector<std::vector<std::string>> rows;
  for (const StoredArtifact& one : all) {
    rows.push_back({one.model, one.kind, one.name, mb_text(one.bytes), day_of(one)});
  }
  terminal::print(
      "{}", terminal::text_table(
                {{"model", false}, {"kind", false}, {"artifact", false}, {"MB", true}, {"last used", false}},
                rows));
}

Json to_json(const std::vector<StoredArtifact>& all) {
  Json list = Json::array();
  for (const StoredArtifact& one : all) {
    list.push_back({{"model", one.model},
                    {"kind", one.kind},
                    {"name", one.name},
                    {"bytes", one.bytes},
                    {"last_used", day_of(one)},
                    {"path", one.files.front().parent_path().string() + "/" + one.name}});
  }
  return list;
}

/// Of the default store there need be nothing yet.
Result<void> check_root(const std::string& root) {
  std::error_code error;
  const bool fine = std::filesystem::is_directory(root, error) ||
                    (root == ArtifactsArguments().root && !std::filesystem::exists(root, error));
  return fine ? Result<void>()
              : fail_usage("'{}' is not a folder: give --artifacts as study and bench had it", root);
}

Result<int> run_list(const ArtifactsArguments& arguments) {
  TRY(check_root(arguments.root));
  TRY_ASSIGN(const auto all, stored_artifacts(arguments.root));
  if (arguments.json) {
    Json json = Json{{"schema_version", 1}, {"bytes", bytes_of(all)}, {"artifacts", to_json(all)}};
    fmt::print("{}", to_pretty(json));
    return 0;
  }
  if (!all.empty()) {
    print_table(all);
  }
  terminal::print("{}: {} artifacts, {} MB\n", arguments.root, all.size(), mb_text(bytes_of(all)));
  return 0;
}

Result<int> run_prune(const ArtifactsArguments& arguments) {
  TRY(check_root(arguments.root));
  PruneRules rules;
  rules.models = {arguments.models.begin(), arguments.models.end()};
  rules.kinds = {arguments.kinds.begin(), arguments.kinds.end()};
  rules.dry_run = arguments.dry_run;
  if (arguments.unused_days > 0) {
    rules.unused_for = std::chrono::hours(static_cast<long>(24 * arguments.unused_days));
  }
  TRY_ASSIGN(rules.keep, artifacts_of_results(arguments.results));
  const bool chosen = arguments.all || rules.unused_for || !rules.models.empty() || !rules.kinds.empty() ||
                      !arguments.results.empty();
  if (!chosen) {
    return fail_usage(
        "prune: say which: --unused-days, --model, --kind, --keep RESULTS, or --all; --dry-run shows them");
  }
  TRY_ASSIGN(const Pruned pruned, prune(arguments.root, rules));
  if (arguments.json) {
    Json json = Json{{"schema_version", 1},
                     {"bytes", pruned.bytes},
                     {"dry_run", arguments.dry_run},
                     {"removed", to_json(pruned.gone)},
                     {"busy", to_json(pruned.busy)}};
    fmt::print("{}", to_pretty(json));
  } else {
    if (!pruned.gone.empty()) {
      print_table(pruned.gone);
    }
    for (const StoredArtifact& one : pruned.busy) {
      terminal::print("{}: another process is making or reading it: kept\n", one.id());
    }
    terminal::print("{}: {} artifacts, {} MB {}\n", arguments.root, pruned.gone.size(), mb_text(pruned.bytes),
                    arguments.dry_run ? "would be removed" : "removed");
  }
  return pruned.busy.empty() ? 0 : 1;
}

void add_common(CLI::App& command, ArtifactsArguments& arguments) {
  command.add_option("--artifacts", arguments.root, "Folder of the artifact store")
      ->type_name("FOLDER")
      ->capture_default_str();
  command.add_flag("--json", arguments.json, "Print JSON");
}

}  // namespace

void add_artifacts_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("artifacts", "List what the artifact store holds, or remove some of it");
  command->require_subcommand(1);
  auto arguments = std::make_shared<ArtifactsArguments>();
  auto* list =
      command->add_subcommand("list", "List weights, graphs, engines and calibrations, with their sizes");
  add_common(*list, *arguments);
  list->callback([arguments, &exit_code] {
    const auto result = run_list(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
  auto* prune = command->add_subcommand("prune", "Remove artifacts; a study makes again what it needs");
  add_common(*prune, *arguments);
  prune->add_option("--unused-days", arguments->unused_days, "Those that were not used for so many days")
      ->type_name("DAYS")
      ->check(terminal::positive_number());
  prune->add_option("--model", arguments->models, "Those of this model's folder; again for each")
      ->type_name("NAME")
      ->allow_extra_args(false);
  prune
      ->add_option("--kind", arguments->kinds,
                   "Those of this kind (weights, onnx, tensorrt, calib, perplexity)")
      ->type_name("KIND")
      ->allow_extra_args(false);
  prune->add_option("--keep", arguments->results, "Keep what this results folder used; again for each")
      ->type_name("DIR")
      ->allow_extra_args(false);
  prune->add_flag("--all", arguments->all, "All of them");
  prune->add_flag("--dry-run", arguments->dry_run, "Show what would be removed");
  prune->footer("Run it while no study uses the store. Options together: what all of them allow.");
  prune->callback([arguments, &exit_code] {
    const auto result = run_prune(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
