#include "analysis/verify.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <system_error>
#include <unordered_map>

#include "analysis/statistics_fields.hpp"
#include "analysis/study_contradiction.hpp"
#include "core/sha256.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/plan.hpp"
#include "record/quality_result.hpp"
#include "record/results_files.hpp"
#include "record/row_contradiction.hpp"
#include "record/row_reader.hpp"
#include "record/row_store.hpp"

namespace inferscale::analysis {
namespace {

namespace fs = std::filesystem;

/// Of the first so many bytes.
Result<std::string> sha256_of_beginning(const fs::path& file, std::uint64_t bytes) {
  TRY_ASSIGN(const std::string text, read_file(file));
  return sha256_hex(std::string_view(text).substr(0, bytes));
}

/// Readers of rows lead an error by its place, which a problem has of its own.
std::string without_place(const std::string& message, const std::string& place) {
  return message.starts_with(place + ": ") ? message.substr(place.size() + 2) : message;
}

class Verifier {
 public:
  Verifier(fs::path folder, const VerifyOptions& options) : folder_(std::move(folder)), options_(options) {
    found_.folder = folder_.string();
  }

  Result<Verification> run() {
    check_manifest();
    check_plan();
    check_environment();
    for (const protocol::ModeDescriptor* mode : protocol::modes()) {
      check_rows(mode->id);
    }
    for (const std::string& wrong : run_contradictions(runs_, totals_)) {
      add(record::kManifestFile, wrong);
    }
    if (const auto quality = record::read_quality(folder_); !quality) {
      add("quality.json", quality.error().message);
    }
    return std::move(found_);
  }

 private:
  void add(std::string place, std::string problem) {
    found_.problems.push_back({std::move(place), std::move(problem)});
  }

  void check_manifest() {
    const auto manifest = read_json_file(folder_ / record::kManifestFile);
    if (!manifest || !manifest->is_object() || !manifest->contains("files") ||
        !(*manifest)["files"].is_array()) {
      const bool there = fs::exists(folder_ / record::kManifestFile);
      return add(record::kManifestFile, there ? "is damaged: nothing says what the files were"
                                              : "is not there: nothing says what the files were");
    }
    for (const Json& model : manifest->value("models", Json::array())) {
      if (model.is_object() && model.contains("name") && model["name"].is_string()) {
        models_.emplace(model["name"], model.value("parameters", Json()));
      }
    }
    runs_ = record::runs_of(*manifest);
    std::set<std::string> listed;
    for (const Json& entry : (*manifest)["files"]) {
      ++found_.files;
      listed.insert(entry.is_object() ? entry.value("path", std::string()) : std::string());
      check_file(entry, folder_, true);
    }
    for (const protocol::ModeDescriptor* mode : protocol::modes()) {
      const fs::path raw = record::raw_file(folder_, mode->id);
      const std::string name = raw.lexically_relative(folder_).string();
      if (fs::exists(raw) && !listed.contains(name)) {
        add(name, "is not listed in manifest.json");
      }
    }
    if (options_.artifacts) {
      for (const Json& entry : record::listed_artifacts(folder_)) {
        check_file(entry, {}, false);
      }
    }
  }

  /// `must_exist`: else a file that is not there is only counted.
  void check_file(const Json& entry, const fs::path& below, bool must_exist) {
    if (!entry.is_object() || !entry.contains("path") || !entry["path"].is_string()) {
      return add(record::kManifestFile, "has an entry without a path");
    }
    const std::string name = entry["path"];
    const fs::path file = below / name;
    std::error_code error;
    const std::uint64_t bytes = fs::file_size(file, error);
    if (error) {
      found_.artifacts_not_there += must_exist ? 0 : 1;
      return must_exist ? add(name, "is listed in manifest.json and not there") : void();
    }
    found_.artifacts += must_exist ? 0 : 1;
    const std::uint64_t listed_bytes = entry.value("bytes", std::uint64_t{0});
    const std::string listed = entry.value("sha256", std::string());
    const auto sha256 = sha256_file(file);
    if (!sha256) {
      return add(name, sha256.error().message);
    }
    if (*sha256 == listed) {
      return;
    }
    const auto beginning = bytes > listed_bytes ? sha256_of_beginning(file, listed_bytes) : sha256;
    add(name,
        beginning && *beginning == listed && name.starts_with("raw/")
            ? fmt::format("has {} bytes more than manifest.json knows: the study did not come to its end",
                          bytes - listed_bytes)
            : std::string("was changed: its SHA-256 is not the one in manifest.json"));
  }

  void check_plan() {
    if (!fs::exists(folder_ / record::kPlanFile)) {
      return add(record::kPlanFile, "is not there: nothing says what was to be measured");
    }
    auto plan = record::load_plan(folder_ / record::kPlanFile);
    if (!plan) {
      return add(record::kPlanFile, plan.error().message);
    }
    plan_ = std::move(*plan);
  }

  /// A folder of another program may have none.
  void check_environment() {
    auto environment = record::read_if_there(folder_ / record::kEnvironmentFile);
    if (!environment) {
      return add(record::kEnvironmentFile, environment.error().message);
    }
    environment_ = std::move(*environment);
  }

  void check_rows(protocol::Mode mode) {
    const fs::path file = record::raw_file(folder_, mode);
    if (!fs::exists(file)) {
      return;
    }
    const std::string name = file.lexically_relative(folder_).string();
    std::ifstream lines(file);
    record::RowReader reader;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::string place = fmt::format("{} line {}", name, ++number);
      ++totals_.rows;
      if (lines.eof()) {
        add(place, "is torn: it has no newline");
        continue;
      }
      const auto row = reader.read(line, place);
      if (!row) {
        add(place, without_place(row.error().message, place));
        continue;
      }
      ++found_.rows;
      check_row(*row, mode, place);
    }
  }

  void check_row(const record::Row& row, protocol::Mode mode, const std::string& place) {
    if (row.mode != mode) {
      add(place, fmt::format("is of mode {}", to_string(row.mode)));
    }
    if (auto wrong = record::contradiction_in(row)) {
      add(place, *wrong);
    }
    const auto [first, is_new] = rows_.try_emplace(identity(row), place);
    if (!is_new) {
      add(place, "is the same repetition as " + first->second);
    }
    check_model(row, place);
    for (const std::string& wrong : environment_contradictions(row, environment_)) {
      add(place, wrong);
    }
    if (row.outcome == Outcome::ok) {
      totals_.timed_s += row.iterations * row.latency_ms.mean / 1000;
    }
    if (plan_) {
      check_against_plan(row, place);
    }
  }

  void check_model(const record::Row& row, const std::string& place) {
    const auto found = models_.find(row.model);
    if (found == models_.end()) {
      if (row.outcome == Outcome::ok && !models_.empty()) {
        add(place, fmt::format("is of the model '{}', which manifest.json does not have", row.model));
      }
    } else if (found->second.is_number_integer() && found->second != row.parameters) {
      add(place, fmt::format("parameters is {}, and manifest.json has {} of '{}'", row.parameters,
                             to_line(found->second), row.model));
    }
  }

  /// A row has the number of new tokens that its scenario, or else the plan, asked for.
  [[nodiscard]] bool is_planned(const record::Row& row) const {
    return std::any_of(plan_->scenarios.begin(), plan_->scenarios.end(), [&](const protocol::Scenario& one) {
      const bool same = one.name == row.scenario.name && one.batch == row.scenario.batch &&
                        one.prompt_tokens == row.scenario.prompt_tokens;
      return same && (row.new_tokens == 0 || row.new_tokens == new_tokens_of(one, plan_->new_tokens));
    });
  }

  void check_against_plan(const record::Row& row, const std::string& place) {
    const auto& backends = plan_->backends;
    if (row.study != plan_->label) {
      add(place, fmt::format("is of the study '{}', and this is '{}'", row.study, plan_->label));
    }
    if (std::find(backends.begin(), backends.end(), name_in_plan(row)) == backends.end()) {
      add(place, fmt::format("is of '{}', which plan.json does not have", name_in_plan(row)));
    }
    if (row.repetition >= plan_->repetitions) {
      add(place,
          fmt::format("is repetition {}, and plan.json has {}", row.repetition + 1, plan_->repetitions));
    }
    if (row.outcome == Outcome::ok && row.iterations > plan_->stop.max_iterations) {
      add(place, fmt::format("has {} iterations, and plan.json allows {}", row.iterations,
                             plan_->stop.max_iterations));
    }
    if (!is_planned(row)) {
      add(place,
          fmt::format("is of scenario '{}', which plan.json does not have in this shape", row.scenario.name));
    }
  }

  fs::path folder_;
  const VerifyOptions& options_;
  std::optional<record::Plan> plan_;
  std::map<std::string, Json> models_;  ///< of the manifest, with parameters; none where it is older
  std::vector<record::StudyRun> runs_;
  RowTotals totals_;
  Json environment_;
  std::unordered_map<std::string, std::string> rows_;  ///< place by identity
  Verification found_;
};

}  // namespace

Result<Verification> verify_results(const fs::path& folder, const VerifyOptions& options) {
  if (!fs::is_directory(folder)) {
    return fail_usage("'{}' is not a folder: give a study's results folder, such as results/quick",
                      folder.string());
  }
  if (!fs::exists(folder / "raw") && !fs::exists(folder / record::kManifestFile)) {
    return fail_usage("'{}' holds no results: neither raw/ nor manifest.json is there", folder.string());
  }
  return Verifier(folder, options).run();
}

Json to_json(const Verification& verification) {
  Json json = versioned_json();
  json["folder"] = verification.folder;
  json["ok"] = verification.problems.empty();
  json["files"] = verification.files;
  json["rows"] = verification.rows;
  json["artifacts"] = verification.artifacts;
  json["artifacts_not_there"] = verification.artifacts_not_there;
  json["problems"] = Json::array();
  for (const VerifyProblem& one : verification.problems) {
    json["problems"].push_back({{"place", one.place}, {"problem", one.problem}});
  }
  return json;
}

}  // namespace inferscale::analysis
