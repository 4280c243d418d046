#include <algorithm>
#include <utility>

#include "family/ladder.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/metrics.hpp"
#include "record/plan_fields.hpp"
#include "record/share.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

std::string without_outer_spaces(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? std::string()
                                    : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split_commas(const std::string& list) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(',', begin), list.size());
    items.push_back(without_outer_spaces(list.substr(begin, end - begin)));
    begin = end + 1;
  }
  return items;
}

Result<Scenario> scenario_from_json(const Json& json, const std::string& place) {
  if (json.is_string()) {
    auto scenario = parse_scenario(json.get_ref<const std::string&>());
    return scenario ? std::move(scenario) : tl::unexpected(scenario.error().in(place));
  }
  FieldReader fields(json, place);
  Scenario scenario;
  TRY(read_fields(fields, scenario));
  TRY(fields.finish());
  return scenario;
}

}  // namespace

Result<void> ModelsCodec::from_option(const std::string& text, std::string_view /*option*/,
                                      std::vector<std::string>& models) {
  models = model::split_model_names(text);
  return {};
}

Result<void> BackendsCodec::from_option(const std::string& text, std::string_view /*option*/,
                                        std::vector<std::string>& backends) {
  backends = split_commas(text);
  return {};
}

Json ScenariosCodec::write(const std::vector<Scenario>& scenarios) {
  Json list = Json::array();
  for (const auto& scenario : scenarios) {
    list.push_back(is_builtin(scenario) ? Json(scenario.name) : fields_json(scenario));
  }
  return list;
}

Result<void> ScenariosCodec::read(FieldReader& reader, std::string_view name,
                                  std::vector<Scenario>& scenarios) {
  const Json* list = reader.find(name);
  if (list == nullptr) {
    return {};
  }
  const auto place = reader.place_of(name);
  if (!list->is_array()) {
    return fail("{}: must be a list of names or objects", place);
  }
  scenarios.clear();
  for (std::size_t i = 0; i < list->size() && i <= kMaxPlanNames; ++i) {
    TRY_ASSIGN(auto scenario, scenario_from_json((*list)[i], fmt::format("{}[{}]", place, i)));
    scenarios.push_back(std::move(scenario));
  }
  return {};
}

Result<void> ScenariosCodec::from_option(const std::string& text, std::string_view /*option*/,
                                         std::vector<Scenario>& scenarios) {
  TRY_ASSIGN(scenarios, parse_scenarios(text));
  return {};
}

namespace {

/// `place` leads the error.
Result<std::vector<Mode>> modes_named(const std::vector<std::string>& names, const std::string& place) {
  std::vector<Mode> modes;
  for (const auto& name : names) {
    const auto mode = parse_mode(name);
    if (!mode) {
      return fail("{}: '{}' is not {}", place, name, mode_names());
    }
    modes.push_back(*mode);
  }
  return modes;
}

/// The same error, as one in the caller's words.
tl::unexpected<Error> usage(Error error) {
  error.usage = true;
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

Json ModesCodec::write(const std::vector<Mode>& modes) {
  Json list = Json::array();
  for (const Mode mode : modes) {
    list.push_back(to_string(mode));
  }
  return list;
}

Result<void> ModesCodec::read(FieldReader& reader, std::string_view name, std::vector<Mode>& modes) {
  if (reader.find(name) != nullptr) {
    std::vector<std::string> names;
    TRY(reader.read(name, names));
    TRY_ASSIGN(modes, modes_named(names, reader.place_of(name)));
  }
  return {};
}

Result<void> ModesCodec::from_option(const std::string& text, std::string_view option,
                                     std::vector<Mode>& modes) {
  auto named = modes_named(split_commas(text), std::string(option));
  if (!named) {
    return usage(named.error());
  }
  modes = *std::move(named);
  return {};
}

Result<void> LogitsCodec::read(FieldReader& reader, std::string_view name, LogitsScope& logits) {
  std::string text(to_string(logits));
  TRY(reader.read(name, text));
  const auto scope = parse_logits_scope(text);
  if (!scope) {
    return fail("{}: must be \"all\" or \"last\", not \"{}\"", reader.place_of(name), text);
  }
  logits = *scope;
  return {};
}

Result<void> LogitsCodec::from_option(const std::string& text, std::string_view option, LogitsScope& logits) {
  const auto scope = parse_logits_scope(text);
  if (!scope) {
    return fail_usage("{}: must be all or last, not '{}'", option, text);
  }
  logits = *scope;
  return {};
}

namespace {

Result<void> set_metric(const std::string& name, std::string_view what, std::string& metric) {
  if (!name.empty()) {
    TRY_ASSIGN(const Metric* const found, parse_metric(name, what));
    if (found->priced) {
      return fail_usage("{}: {} needs prices, which a plan has not: give it to analyze or report", what,
                        name);
    }
  }
  metric = name;
  return {};
}

}  // namespace

Result<void> MetricNameCodec::read(FieldReader& reader, std::string_view name, std::string& metric) {
  std::string text = metric;
  TRY(reader.read(name, text));
  const auto valid = set_metric(text, fmt::format("{}: field '{}'", reader.place(), name), metric);
  return valid ? valid : fail("{}", valid.error().message);
}

Result<void> MetricNameCodec::from_option(const std::string& text, std::string_view option,
                                          std::string& metric) {
  return set_metric(text, option, metric);
}

Result<void> ShareCodec::from_option(const std::string& text, std::string_view option, double& share) {
  TRY_ASSIGN(share, parse_share(text, option));
  return {};
}

Json BackendOptionsCodec::write(const std::map<std::string, Json>& options) {
  Json json = Json::object();
  for (const auto& [name, value] : options) {
    json[name] = value;
  }
  return json;
}

Result<void> BackendOptionsCodec::read(FieldReader& reader, std::string_view name,
                                       std::map<std::string, Json>& options) {
  const Json* json = reader.find(name);
  if (json == nullptr) {
    return {};
  }
  if (!json->is_object()) {
    return fail("{}: must be an object of objects by backend name", reader.place_of(name));
  }
  for (const auto& [backend, value] : json->items()) {
    if (!value.is_object()) {
      return fail("{}: options of '{}' must be an object", reader.place_of(name), backend);
    }
    options[backend] = value;
  }
  return {};
}

Result<void> VariantsCodec::read(FieldReader& reader, std::string_view name, std::vector<Variant>& variants) {
  const Json* list = reader.find(name);
  if (list == nullptr) {
    return {};
  }
  const auto place = reader.place_of(name);
  if (!list->is_array()) {
    return fail("{}: must be a list of objects", place);
  }
  variants.clear();
  for (std::size_t i = 0; i < list->size() && i <= kMaxPlanNames; ++i) {
    FieldReader fields((*list)[i], fmt::format("{}[{}]", place, i));
    TRY(read_fields(fields, variants.emplace_back()));
    TRY(fields.finish());
  }
  return {};
}

Result<void> VariantsCodec::from_option(const std::string& text, std::string_view option,
                                        std::vector<Variant>& variants) {
  variants.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    TRY_ASSIGN(Variant variant, parse_variant(std::string_view(text).substr(begin, end - begin), option));
    variants.push_back(std::move(variant));
    begin = end + 1;
  }
  return {};
}

}  // namespace inferscale::record
