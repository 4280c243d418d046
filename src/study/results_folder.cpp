#include "study/results_folder.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/clock.hpp"
#include "core/disk_space.hpp"
#include "core/log.hpp"
#include "machine/cpu_limits.hpp"
#include "machine/environment.hpp"
#include "machine/gpu.hpp"
#include "machine/gpu_limits.hpp"
#include "protocol/needs.hpp"
#include "record/results_files.hpp"
#include "study/commit.hpp"

namespace inferscale::study {

using namespace record;

namespace {

/// What says how the folder's rows came to be.
Result<void> check_stored_plan(const std::filesystem::path& folder, const Plan& plan) {
  for (const char* name : {kPlanFile, kEnvironmentFile}) {
    if (!std::filesystem::exists(folder / name)) {
      return fail("'{}' has rows in raw/ but no {}: give another --label, or move it away", folder.string(),
                  name);
    }
  }
  TRY_ASSIGN(const Plan stored, load_plan(folder / kPlanFile));
  return check_resumable(stored, plan, (folder / kPlanFile).string());
}

std::string text_at(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found == json.end()  ? std::string()
         : found->is_string() ? found->get<std::string>()
                              : to_line(*found);
}

/// Rows of two machines, or of two versions of a runtime, must not share a folder: nothing would tell them
/// apart.
Result<void> check_same_machine(const Json& stored, const Json& now, const std::string& place) {
  constexpr const char* kAdvice = "give another --label";
  for (const char* field : {"processor", "logical_cpus", "inferscale_version", "cpus", "gpu"}) {
    if (text_at(stored, field) != text_at(now, field)) {
      return fail_usage("{}: this label was started where '{}' was '{}', and here it is '{}'; {}", place,
                        field, text_at(stored, field), text_at(now, field), kAdvice);
    }
  }
  const auto before = stored.find("backends");
  if (before == stored.end() || !before->is_object()) {
    return fail("{}: field 'backends' is missing or not an object", place);
  }
  for (const auto& [name, backend] : before->items()) {
    const auto today = now["backends"].find(name);
    if (today == now["backends"].end() || !backend.is_object()) {
      continue;
    }
    const auto old_version = text_at(backend, "runtime_version");
    const auto version = text_at(*today, "runtime_version");
    if (!old_version.empty() && !version.empty() && old_version != version) {
      return fail_usage("{}: this label was started with version {} of {}, and now it is {}; {}", place,
                        old_version, name, version, kAdvice);
    }
  }
  return {};
}

/// null when the folder has none yet.
Result<Json> stored_environment(const std::filesystem::path& folder) {
  const auto file = folder / kEnvironmentFile;
  if (!std::filesystem::exists(file)) {
    return Json(nullptr);
  }
  TRY_ASSIGN(Json stored, read_json_file(file));
  if (!stored.is_object()) {
    return fail("{}: must be a JSON object", file.string());
  }
  return stored;
}

/// What a resumed study writes: today's description, under the time of the first start.
Result<Json> merged_environment(const std::filesystem::path& folder, const Json& stored,
                                const Json& environment) {
  Json merged = environment;
  if (stored.is_null()) {
    return merged;
  }
  TRY(check_same_machine(stored, environment, (folder / kEnvironmentFile).string()));
  merged["started_at"] = text_at(stored, "started_at");
  for (const auto& [name, backend] : stored["backends"].items()) {
    if (!merged["backends"].contains(name)) {
      merged["backends"][name] = backend;
    }
  }
  return merged;
}

Result<void> check_same_study(const std::filesystem::path& folder, const Plan& plan,
                              const Json& environment) {
  TRY(check_stored_plan(folder, plan));
  TRY_ASSIGN(const Json stored, stored_environment(folder));
  TRY(merged_environment(folder, stored, environment));
  return {};
}

/// A folder without rows is nobody's: the files of an attempt that measured nothing are removed.
void forget_attempt(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const char* name : {kEnvironmentFile, "quality.json", kManifestFile}) {
    std::filesystem::remove(folder / name, ignored);
  }
}

/// Tells the user of backends that could not run when the folder was started and can now. Their rows stay.
void note_what_could_run_now(const RowStore& store, const Json& stored, const Json& now) {
  if (!stored.is_object() || !stored.contains("backends") || !stored["backends"].is_object()) {
    return;
  }
  for (const auto& [name, backend] : stored["backends"].items()) {
    const std::string because = backend.is_object() ? text_at(backend, "unsupported_because") : std::string();
    const auto today = now["backends"].find(name);
    if (because.empty() || today == now["backends"].end() ||
        !text_at(*today, "unsupported_because").empty()) {
      continue;
    }
    const auto rows = std::count_if(store.rows().begin(), store.rows().end(), [&](const Row& row) {
      return name_in_plan(row) == name && row.outcome != Outcome::ok && row.error == because;
    });
    if (rows > 0) {
      log_info(
          "note: {} could not run here when '{}' was started, and can now; its {} rows of then stay, for no "
          "row "
          "is written twice: give another --label to measure them",
          name, store.folder().string(), rows);
    }
  }
}

Json backend_json(const StudyBackend& backend) {
  Json json;
  json["runtime"] = backend.runtime;
  json["runtime_version"] = backend.runtime_version;
  if (!backend.info.libraries.empty()) {
    json["libraries"] = backend.info.libraries;
  }
  json["device"] = backend.info.device;
  json["precision"] = backend.info.precision;
  json["precision_facts"] = fields_json(precision_of(backend.info));
  json["unsupported_because"] = backend.can_run() ? std::string() : backend.known_outcome->reason;
  if (takes_int8_graph(backend.info)) {
    json["weight_bits"] = backend.info.weight_bits;
  }
  return json;
}

}  // namespace

Json study_environment(const std::vector<StudyBackend>& backends, std::span<const int> cpus,
                       const std::filesystem::path& folder) {
  Json json = to_json(machine::read_environment());
  if (!commit().empty()) {
    json["inferscale_commit"] = commit();
  }
  if (const auto disk = disk_space(folder)) {
    json["disk"] = {{"total_bytes", disk->total_bytes}, {"free_bytes", disk->free_bytes}};
  }
  json["threads"] = cpus.size();
  json["cpus"] = std::vector<int>(cpus.begin(), cpus.end());
  const auto uses = [&](std::string_view device) {
    return std::any_of(backends.begin(), backends.end(), [&](const StudyBackend& backend) {
      return backend.info.device == device && backend.can_run();
    });
  };
  if (uses("cpu") && !cpus.empty()) {
    json["roofline"].push_back(machine::measure_cpu_limits(cpus));
  }
  if (const auto gpu = machine::Gpu::open()) {
    json["gpu"] = to_json(gpu->facts());
  }
  if (uses("cuda")) {
    if (auto limits = machine::measure_gpu_limits()) {
      json["roofline"].push_back(std::move(*limits));
    } else {
      log_info("note: no roofline of the GPU: {}", limits.error().message);
    }
  }
  json["started_at"] = utc_timestamp();
  json["backends"] = Json::object();
  for (const auto& backend : backends) {
    json["backends"][backend.name()] = backend_json(backend);
  }
  return json;
}

Result<void> check_results(const std::filesystem::path& folder, const Plan& plan) {
  std::error_code ignored;
  const bool rows =
      std::filesystem::exists(folder / "raw", ignored) && !std::filesystem::is_empty(folder / "raw", ignored);
  return rows ? check_stored_plan(folder, plan) : Result<void>();
}

Result<RowStore> open_results(const std::filesystem::path& folder, const Plan& plan,
                              const Json& environment) {
  TRY_ASSIGN(RowStore store, RowStore::open(folder));
  if (const auto same = check_same_study(folder, plan, environment); !same) {
    if (!store.rows().empty()) {
      return tl::unexpected(same.error());
    }
    forget_attempt(folder);
  }
  TRY_ASSIGN(const Json stored, stored_environment(folder));
  TRY_ASSIGN(const Json merged, merged_environment(folder, stored, environment));
  note_what_could_run_now(store, stored, environment);
  TRY(write_file_atomic(folder / kPlanFile, to_pretty(to_json(plan))));
  TRY(write_file_atomic(folder / kEnvironmentFile, to_pretty(merged)));
  return store;
}

}  // namespace inferscale::study
