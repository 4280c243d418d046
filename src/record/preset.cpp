#include <algorithm>

#include "core/files.hpp"
#include "core/process.hpp"
#include "core/suggestion.hpp"
#include "record/plan.hpp"

namespace inferscale::record {
namespace {

constexpr std::size_t kMaxPlanBytes = 16U << 20U;  // 1,000 models, backends and scenarios take a tenth of it

/// Installed and in a build tree alike, the program lies in bin/ and its data in share/inferscale/.
std::filesystem::path preset_folder() {
  return executable_folder().parent_path() / "share" / "inferscale" / "presets";
}

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(preset_folder(), error)) {
    if (entry.path().extension() == ".json") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<Plan> load_plan(const std::filesystem::path& file, const std::string& called) {
  const std::string place = called.empty() ? file.string() : called;
  TRY_ASSIGN(const std::string text, read_input(file, kMaxPlanBytes, called));
  TRY_ASSIGN(const Json json, parse_json(text, place));
  TRY_ASSIGN(Plan plan, parse_plan(json, place));
  if (plan.name.empty()) {
    plan.name = file.stem().string();
  }
  return plan;
}

Result<Plan> load_preset(const std::string& name) {
  const auto names = preset_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    std::string list;
    for (const auto& known : names) {
      list += (list.empty() ? "" : ", ") + known;
    }
    return fail_usage("there is no preset '{}'{} (there are: {}); a plan of your own goes to --plan", name,
                      did_you_mean(name, names),
                      list.empty() ? "none, as '" + preset_folder().string() + "' is missing" : list);
  }
  return load_plan(preset_folder() / (name + ".json"));
}

}  // namespace inferscale::record
