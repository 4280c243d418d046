#include "analysis/environment_diff.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>

#include "protocol/logits_scope.hpp"

namespace inferscale::analysis {
namespace {

/// Leaves of nested objects and lists by dotted path. Lists of plain values stay one leaf.
void flatten(const Json& json, const std::string& path, std::map<std::string, Json>& leaves) {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      flatten(value, below(key), leaves);
    }
    return;
  }
  const bool of_objects = json.is_array() && std::any_of(json.begin(), json.end(), [](const Json& item) {
                            return item.is_structured();
                          });
  if (!of_objects) {
    leaves[path] = json;
    return;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    flatten(json[i], below(std::to_string(i)), leaves);
  }
}

std::string text_of(const Json& json) {
  return json.is_null() ? std::string() : json.is_string() ? json.get<std::string>() : to_line(json);
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}
bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// When the study ran, what a probe measured and how full the disk was: never equal, and no property of the
/// set-up.
bool volatile_field(std::string_view path) {
  return path == "started_at" || starts_with(path, "roofline") || starts_with(path, "disk.");
}

/// The machine, and how much of it a worker gets.
bool machine_field(std::string_view path) {
  constexpr std::array<std::string_view, 9> kFields{
      "processor", "processor_features", "logical_cpus", "physical_cores", "memory_gb",
      "governor",  "virtual_machine",    "threads",      "environment"};
  if (std::find(kFields.begin(), kFields.end(), path) != kFields.end()) {
    return true;
  }
  const bool gpu = starts_with(path, "gpu");
  return (gpu && (ends_with(path, "name") || path.find("power_limit") != std::string_view::npos)) ||
         (starts_with(path, "backends.") && ends_with(path, ".device"));
}

/// What earlier versions did not write down, and some builds do not know: absent says nothing.
bool may_be_unknown(std::string_view path) {
  return path == "inferscale_commit" || starts_with(path, "caches.") ||
         path.find(".libraries.") != std::string_view::npos;
}

/// The kernel keeps a little memory for itself, not always the same.
bool same_value(std::string_view path, const Json& base, const Json& now) {
  if (may_be_unknown(path) && (base.is_null() || now.is_null())) {
    return true;
  }
  if (path == "memory_gb" && base.is_number() && now.is_number()) {
    const double a = base.get<double>();
    const double b = now.get<double>();
    return std::abs(a - b) <= 0.02 * std::max(std::abs(a), std::abs(b));
  }
  return base == now;
}

/// A backend that only one study has is told by the cells that do not match, not here.
Json with_backends_of(const Json& environment, const Json& other) {
  Json reduced = environment;
  const auto backends = reduced.find("backends");
  const auto others = other.find("backends");
  if (backends == reduced.end() || !backends->is_object()) {
    return reduced;
  }
  Json shared = Json::object();
  for (const auto& [name, facts] : backends->items()) {
    if (others != other.end() && others->is_object() && others->contains(name)) {
      shared[name] = facts;
    }
  }
  *backends = std::move(shared);
  return reduced;
}

void add_environment(const Json& base, const Json& now, std::vector<EnvironmentDifference>& differences) {
  if (!base.is_object() || !now.is_object()) {
    const auto known = [](const Json& json) { return json.is_object() ? "known" : "no environment.json"; };
    differences.push_back({"environment", known(base), known(now), true});
    return;
  }
  std::map<std::string, Json> before;
  std::map<std::string, Json> after;
  flatten(with_backends_of(base, now), "", before);
  flatten(with_backends_of(now, base), "", after);
  std::map<std::string, Json> all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [path, ignored] : all) {
    const auto a = before.find(path);
    const auto b = after.find(path);
    const Json old_value = a == before.end() ? Json(nullptr) : a->second;
    const Json new_value = b == after.end() ? Json(nullptr) : b->second;
    if (!volatile_field(path) && !same_value(path, old_value, new_value)) {
      differences.push_back({path, text_of(old_value), text_of(new_value), machine_field(path)});
    }
  }
}

/// The part of a plan that decides how much work a cell is, or how it is measured.
void add_plan(const record::Plan& base, const record::Plan& now,
              std::vector<EnvironmentDifference>& differences) {
  const auto add = [&](const char* field, const std::string& a, const std::string& b, bool decides) {
    if (a != b) {
      differences.push_back({field, a, b, decides});
    }
  };
  const auto number = [](auto value) { return fmt::format("{}", value); };
  add("plan.logits", std::string(to_string(base.logits)), std::string(to_string(now.logits)), true);
  add("plan.new_tokens", number(base.new_tokens), number(now.new_tokens), true);
  add("plan.warmup_iterations", number(base.warmup_iterations), number(now.warmup_iterations), false);
  add("plan.repetitions", number(base.repetitions), number(now.repetitions), false);
  add("plan.seed", number(base.seed), number(now.seed), false);
  const Json a = to_json(base);
  const Json b = to_json(now);
  add("plan.share_workers", text_of(a["share_workers"]), text_of(b["share_workers"]), false);
  add("plan.stop", text_of(a["stop"]), text_of(b["stop"]), false);
  add("plan.backend_options", text_of(a["backend_options"]), text_of(b["backend_options"]), false);
}

}  // namespace

std::vector<EnvironmentDifference> environment_differences(const StudyResults& base,
                                                           const StudyResults& now) {
  std::vector<EnvironmentDifference> differences;
  add_environment(base.environment, now.environment, differences);
  if (base.plan && now.plan) {
    add_plan(*base.plan, *now.plan, differences);
  }
  std::stable_sort(
      differences.begin(), differences.end(),
      [](const EnvironmentDifference& a, const EnvironmentDifference& b) { return a.decides && !b.decides; });
  return differences;
}

std::string other_work(const StudyResults& first, const StudyResults& other) {
  for (const EnvironmentDifference& one : environment_differences(first, other)) {
    if (one.decides && one.field.starts_with("plan.")) {
      return fmt::format("{} is {} there, and {} on {}", one.field, one.now, one.base, first.name);
    }
  }
  return {};
}

}  // namespace inferscale::analysis
