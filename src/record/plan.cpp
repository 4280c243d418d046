#include "record/plan.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "record/plan_ranges.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

constexpr std::size_t kMaxNames = 1000;  // of models, backends or scenarios
constexpr double kMaxRows = 1e6;

/// A scenario is a built-in name, "name:batch=B,prompt=P", or {"name", "batch", "prompt_tokens"}.
Result<Scenario> scenario_from_json(const Json& json, const std::string& place) {
  if (json.is_string()) {
    auto scenario = parse_scenario(json.get_ref<const std::string&>());
    return scenario ? std::move(scenario) : tl::unexpected(scenario.error().in(place));
  }
  FieldReader fields(json, place);
  Scenario scenario;
  TRY(fields.require("name", scenario.name));
  TRY(fields.require("batch", scenario.batch));
  TRY(fields.require("prompt_tokens", scenario.prompt_tokens));
  TRY(fields.finish());
  return scenario;
}

Json scenario_json(const Scenario& scenario) {
  if (std::count(builtin_scenarios().begin(), builtin_scenarios().end(), scenario) != 0) {
    return scenario.name;
  }
  Json json = Json::object();
  json["name"] = scenario.name;
  json["batch"] = scenario.batch;
  json["prompt_tokens"] = scenario.prompt_tokens;
  return json;
}

Result<void> read_scenarios(FieldReader& fields, std::vector<Scenario>& scenarios) {
  const Json* list = fields.find("scenarios");
  if (list == nullptr) {
    scenarios = builtin_scenarios();
    return {};
  }
  const auto place = fields.place_of("scenarios");
  if (!list->is_array()) {
    return fail("{}: must be a list of names or objects", place);
  }
  for (std::size_t i = 0; i < list->size() && i <= kMaxNames; ++i) {
    TRY_ASSIGN(auto scenario, scenario_from_json((*list)[i], fmt::format("{}[{}]", place, i)));
    scenarios.push_back(std::move(scenario));
  }
  return {};
}

Result<void> read_modes(FieldReader& fields, std::vector<Mode>& modes) {
  std::vector<std::string> names{"prefill", "generate"};
  TRY(fields.read("modes", names));
  for (const auto& name : names) {
    const auto mode = parse_mode(name);
    if (!mode) {
      return fail("{}: '{}' is not prefill, generate or decode", fields.place_of("modes"), name);
    }
    modes.push_back(*mode);
  }
  return {};
}

Result<void> read_stop(FieldReader& fields, StoppingRule& stop) {
  const Json* json = fields.find("stop");
  if (json == nullptr) {
    return {};
  }
  FieldReader rule(*json, fields.place_of("stop"));
  TRY(rule.read("target_relative_half_width", stop.target_relative_half_width));
  TRY(rule.read("min_iterations", stop.min_iterations));
  TRY(rule.read("max_iterations", stop.max_iterations));
  TRY(rule.read("max_s", stop.max_s));
  return rule.finish();
}

Result<void> read_logits(FieldReader& fields, LogitsScope& logits) {
  std::string name = "all";
  TRY(fields.read("logits", name));
  if (name != "all" && name != "last") {
    return fail("{}: must be \"all\" or \"last\", not \"{}\"", fields.place_of("logits"), name);
  }
  logits = name == "all" ? LogitsScope::all : LogitsScope::last;
  return {};
}

Result<void> read_backend_options(FieldReader& fields, std::map<std::string, Json>& options) {
  const Json* json = fields.find("backend_options");
  if (json == nullptr) {
    return {};
  }
  if (!json->is_object()) {
    return fail("{}: must be an object of objects by backend name", fields.place_of("backend_options"));
  }
  for (const auto& [name, value] : json->items()) {
    if (!value.is_object()) {
      return fail("{}: options of '{}' must be an object", fields.place_of("backend_options"), name);
    }
    options[name] = value;
  }
  return {};
}

/// The list has something in it, nothing twice, and nothing empty.
template <class List, class Name>
Result<void> check_names(const List& list, const std::string& place, const char* field, Name name_of) {
  if (list.empty() || list.size() > kMaxNames) {
    return fail("{}: field '{}' must have 1 to {} entries", place, field, kMaxNames);
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
Result<void> check_range(T value, T low, T high, const std::string& place, const char* field) {
  if (!(value >= low && value <= high)) {
    return fail("{}: field '{}' must be {} to {}, not {}", place, field, low, high, value);
  }
  return {};
}

template <class T>
Result<void> check_range(T value, NumberRange range, const std::string& place, const char* field) {
  return check_range(value, static_cast<T>(range.low), static_cast<T>(range.high), place, field);
}

Result<void> validate_stop(const StoppingRule& stop, const std::string& place) {
  TRY(check_range(stop.target_relative_half_width, kHalfWidthRange, place,
                  "stop.target_relative_half_width"));
  TRY(check_range(stop.min_iterations, 1, 1'000'000, place, "stop.min_iterations"));
  TRY(check_range(stop.max_iterations, stop.min_iterations, 1'000'000, place, "stop.max_iterations"));
  return check_range(stop.max_s, kTimedSecondsRange, place, "stop.max_s");
}

/// It becomes a folder's name under results/.
Result<void> validate_label(const std::string& label, const std::string& place) {
  const bool plain = std::all_of(label.begin(), label.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (!plain || label.starts_with('.') || label.size() > 100) {
    return fail(
        "{}: field 'label' must be at most 100 letters, digits, '-', '_' or '.', not starting with '.'",
        place);
  }
  return {};
}

Result<void> validate_numbers(const Plan& plan, const std::string& place) {
  TRY(check_range(plan.repetitions, kRepetitionsRange, place, "repetitions"));
  TRY(check_range(plan.new_tokens, kNewTokensRange, place, "new_tokens"));
  TRY(check_range(plan.warmup_iterations, kWarmupRange, place, "warmup_iterations"));
  TRY(validate_stop(plan.stop, place));
  TRY(check_range(plan.threads, kThreadsRange, place, "threads"));
  TRY(check_range(plan.parallel_loads, kParallelLoadsRange, place, "parallel_loads"));
  TRY(check_range(plan.timeout_s, kTimeoutRange, place, "timeout_s"));
  return check_range(plan.memory_limit_mb, kMemoryLimitRange, place, "memory_limit_mb");
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
    TRY(check_range(scenario.batch, kBatchRange, where, "batch"));
    TRY(check_range(scenario.prompt_tokens, kPromptTokensRange, where, "prompt_tokens"));
  }
  if (!plan.device.empty() && plan.device != "cpu" && plan.device != "cuda") {
    return fail("{}: field 'device' must be \"cpu\", \"cuda\" or empty, not \"{}\"", place, plan.device);
  }
  TRY(validate_label(plan.label, place));
  TRY(validate_numbers(plan, place));
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
  int version = kPlanSchemaVersion;
  TRY(fields.read("schema_version", version));
  if (version != kPlanSchemaVersion) {
    return fail("{}: schema_version is {}, and this inferscale reads {}", place, version, kPlanSchemaVersion);
  }
  Plan plan;
  TRY(fields.read("name", plan.name));
  TRY(fields.read("label", plan.label));
  TRY(fields.require("models", plan.models));
  TRY(fields.require("backends", plan.backends));
  TRY(read_scenarios(fields, plan.scenarios));
  TRY(read_modes(fields, plan.modes));
  TRY(fields.read("repetitions", plan.repetitions));
  TRY(fields.read("new_tokens", plan.new_tokens));
  TRY(fields.read("warmup_iterations", plan.warmup_iterations));
  TRY(read_stop(fields, plan.stop));
  TRY(read_logits(fields, plan.logits));
  TRY(fields.read("device", plan.device));
  TRY(fields.read("threads", plan.threads));
  TRY(fields.read("parallel_loads", plan.parallel_loads));
  TRY(fields.read("share_workers", plan.share_workers));
  TRY(fields.read("timeout_s", plan.timeout_s));
  TRY(fields.read("memory_limit_mb", plan.memory_limit_mb));
  TRY(fields.read("seed", plan.seed));
  TRY(fields.read("corpus", plan.corpus));
  TRY(fields.read("tokenizer", plan.tokenizer));
  TRY(read_backend_options(fields, plan.backend_options));
  TRY(fields.finish());
  TRY(validate(plan, place));
  return plan;
}

Json options_of(const Plan& plan, const std::string& backend) {
  const auto found = plan.backend_options.find(backend);
  return found == plan.backend_options.end() ? Json::object() : found->second;
}

Json to_json(const Plan& plan) {
  Json json = Json::object();
  json["schema_version"] = kPlanSchemaVersion;
  json["name"] = plan.name;
  json["label"] = plan.label;
  json["models"] = plan.models;
  json["backends"] = plan.backends;
  json["scenarios"] = Json::array();
  for (const auto& scenario : plan.scenarios) {
    json["scenarios"].push_back(scenario_json(scenario));
  }
  json["modes"] = Json::array();
  for (const Mode mode : plan.modes) {
    json["modes"].push_back(to_string(mode));
  }
  json["repetitions"] = plan.repetitions;
  json["new_tokens"] = plan.new_tokens;
  json["warmup_iterations"] = plan.warmup_iterations;
  json["stop"]["target_relative_half_width"] = plan.stop.target_relative_half_width;
  json["stop"]["min_iterations"] = plan.stop.min_iterations;
  json["stop"]["max_iterations"] = plan.stop.max_iterations;
  json["stop"]["max_s"] = plan.stop.max_s;
  json["logits"] = plan.logits == LogitsScope::all ? "all" : "last";
  json["device"] = plan.device;
  json["threads"] = plan.threads;
  json["parallel_loads"] = plan.parallel_loads;
  json["share_workers"] = plan.share_workers;
  json["timeout_s"] = plan.timeout_s;
  json["memory_limit_mb"] = plan.memory_limit_mb;
  json["seed"] = plan.seed;
  json["corpus"] = plan.corpus;
  json["tokenizer"] = plan.tokenizer;
  json["backend_options"] = Json::object();
  for (const auto& [name, options] : plan.backend_options) {
    json["backend_options"][name] = options;
  }
  return json;
}

namespace {

enum class Change { any, superset, at_least, none };

/// What may differ between two runs that share a label; every other field may not.
Change allowed_change(std::string_view field) {
  for (const auto* name :
       {"name", "label", "parallel_loads", "timeout_s", "memory_limit_mb", "corpus", "tokenizer"}) {
    if (field == name) {
      return Change::any;
    }
  }
  for (const auto* name : {"models", "backends", "scenarios", "modes"}) {
    if (field == name) {
      return Change::superset;
    }
  }
  return field == "repetitions" ? Change::at_least : Change::none;
}

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
  for (const auto& [field, value] : now.items()) {
    if (!change_allowed(allowed_change(field), before[field], value)) {
      return fail_usage(
          "{}: this label was started with another plan: field '{}' is {} there and {} now; give the "
          "same plan to resume, or another --label",
          place, field, to_line(before[field]), to_line(value));
    }
  }
  return {};
}

}  // namespace inferscale::record
