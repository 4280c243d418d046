#include "record/plan.hpp"

#include <algorithm>
#include <set>
#include <type_traits>

#include "core/plain_text.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/plan_fields.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

constexpr double kMaxRows = 1e6;
constexpr int kMaxIterations = static_cast<int>(kIterationsRange.high);

/// The list has something in it, nothing twice, and nothing empty.
template <class List, class Name>
Result<void> check_names(const List& list, const std::string& place, const char* field, Name name_of) {
  if (list.empty() || list.size() > kMaxPlanNames) {
    return fail("{}: field '{}' must have 1 to {} entries", place, field, kMaxPlanNames);
  }
  std::set<std::string, std::less<>> seen;
  for (const auto& item : list) {
    const std::string name(name_of(item));
    if (name.empty()) {
      return fail("{}: field '{}' has an empty name", place, field);
    }
    if (!seen.insert(name).second) {
      return fail("{}: field '{}' has '{}' twice", place, field, name);
    }
  }
  return {};
}

template <class T>
Result<void> check_range(T value, T low, T high, const std::string& place, std::string_view field) {
  if (!(value >= low && value <= high)) {
    return fail("{}: field '{}' must be {} to {}, not {}", place, field, low, high, value);
  }
  return {};
}

/// Every number within the range that its declaration gives. `prefix` leads names: "stop.".
template <class Struct>
Result<void> check_ranges(const Struct& values, const std::string& place, const std::string& prefix = {}) {
  Result<void> result;
  for_each_field(kFieldsOf<Struct>, [&](const auto& field) {
    const auto& value = field.in(values);
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (Declared<T>) {
      result = result ? check_ranges(value, place, fmt::format("{}{}.", prefix, field.name)) : result;
    } else if constexpr (std::is_arithmetic_v<T>) {
      if (result && field.facts.range) {
        const NumberRange range = *field.facts.range;
        result = check_range(value, static_cast<T>(range.low), static_cast<T>(range.high), place,
                             fmt::format("{}{}", prefix, field.name));
      }
    }
  });
  return result;
}

/// It becomes a folder's name under results/.
Result<void> validate_label(const std::string& label, const std::string& place) {
  const bool plain = std::all_of(label.begin(), label.end(), is_name_character);
  // A name that begins with '-' is an option to every program that it is given to.
  if (!plain || label.starts_with('.') || label.starts_with('-') || label.size() > 100) {
    return fail(
        "{}: field 'label' must be at most 100 letters, digits, '-', '_' or '.', not starting with '.' or "
        "'-'",
        place);
  }
  return {};
}

}  // namespace

Result<void> validate(const Plan& plan, const std::string& place) {
  const auto itself = [](const std::string& name) { return name; };
  TRY(check_names(plan.models, place, "models", itself));
  TRY(check_names(plan.backends, place, "backends", itself));
  TRY(check_names(plan.scenarios, place, "scenarios",
                  [](const Scenario& scenario) { return scenario.name; }));
  TRY(check_names(plan.modes, place, "modes", [](Mode mode) { return to_string(mode); }));
  for (const auto& scenario : plan.scenarios) {
    const auto where = fmt::format("{}: scenario '{}'", place, scenario.name);
    TRY(check_ranges(scenario, where));
  }
  if (!plan.device.empty() && plan.device != "cpu" && plan.device != "cuda") {
    return fail("{}: field 'device' must be \"cpu\", \"cuda\" or empty, not \"{}\"", place, plan.device);
  }
  TRY(check_variants(plan.variants, plan.backends, place));
  TRY(validate_label(plan.label, place));
  TRY(check_ranges(plan, place));
  TRY(check_range(plan.stop.max_iterations, plan.stop.min_iterations, kMaxIterations, place,
                  "stop.max_iterations"));
  const double rows = static_cast<double>(plan.models.size()) * static_cast<double>(plan.backends.size()) *
                      static_cast<double>(plan.scenarios.size()) * static_cast<double>(plan.modes.size()) *
                      plan.repetitions;
  if (rows > kMaxRows) {
    return fail("{}: this plan has {:.0f} repetitions, and a study at most {:.0f}", place, rows, kMaxRows);
  }
  return {};
}

Result<Plan> parse_plan(const Json& json, const std::string& place) {
  if (!json.is_object()) {
    return fail("{}: a plan must be a JSON object", place);
  }
  FieldReader fields(json, place);
  TRY(read_schema_version(fields, kPlanSchemaVersion, Presence::optional));
  Plan plan;
  plan.scenarios = builtin_scenarios();
  plan.modes = default_modes();
  TRY(read_fields(fields, plan));
  TRY(fields.finish());
  TRY(validate(plan, place));
  return plan;
}

Json options_of(const Plan& plan, const std::string& backend) {
  if (const Variant* variant = find_variant(plan.variants, backend)) {
    Json options = options_of(plan, variant->backend);
    options.update(variant->options);
    return options;
  }
  const auto found = plan.backend_options.find(backend);
  return found == plan.backend_options.end() ? Json::object() : found->second;
}

Json to_json(const Plan& plan) {
  Json json = Json::object();
  json["schema_version"] = kPlanSchemaVersion;
  write_fields(kFieldsOf<Plan>, plan, json);
  return json;
}

namespace {

bool change_allowed(Change change, const Json& stored, const Json& wanted) {
  switch (change) {
    case Change::any:
      return true;
    case Change::superset:
      return std::all_of(stored.begin(), stored.end(), [&](const Json& item) {
        return std::find(wanted.begin(), wanted.end(), item) != wanted.end();
      });
    case Change::at_least:
      return wanted.get<int>() >= stored.get<int>();
    case Change::none:
      break;
  }
  return stored == wanted;
}

}  // namespace

Result<void> check_resumable(const Plan& stored, const Plan& wanted, const std::string& place) {
  const Json before = to_json(stored);
  const Json now = to_json(wanted);
  Result<void> result;
  for_each_field(kFieldsOf<Plan>, [&](const auto& field) {
    const std::string name(field.name);
    if (result && !change_allowed(field.facts.change, before[name], now[name])) {
      result = fail_usage(
          "{}: this label was started with another plan: field '{}' is {} there and {} now; give the "
          "same plan to resume, or another --label",
          place, name, to_line(before[name]), to_line(now[name]));
    }
  });
  return result;
}

}  // namespace inferscale::record
