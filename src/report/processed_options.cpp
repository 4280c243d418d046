#include "report/processed_options.hpp"

#include <algorithm>

#include "report/wording.hpp"

namespace inferscale::report {
namespace {

/// The list of that name in a file of processed/; empty where there is none.
Json list_in(const std::filesystem::path& file, const char* name) {
  const auto json = read_json_file(file);
  const bool there = json && json->is_object() && json->contains(name) && (*json)[name].is_array();
  return there ? (*json)[name] : Json::array();
}

/// Decisions of a mode that this report has too, with another value of the field. One without it is older
/// than the field.
template <class Value>
bool another(const Json& decisions, const Source& source, const char* field, const Value& value_of) {
  return std::any_of(decisions.begin(), decisions.end(), [&](const Json& then) {
    const auto& now = source.analysis.decisions;
    return std::any_of(now.begin(), now.end(), [&](const analysis::Decision& one) {
      return field_text(then, "mode") == to_string(one.mode) && then.contains(field) &&
             then[field] != value_of(one);
    });
  });
}

bool other_prices(const Json& costs, const Source& source) {
  return std::any_of(costs.begin(), costs.end(), [&](const Json& then) {
    return number_at(then, "price_per_hour") !=
           analysis::price_of(source.prices, source.machine, field_text(then, "backend"));
  });
}

}  // namespace

std::string other_options(const std::filesystem::path& processed, const Source& source) {
  const Json decisions = list_in(processed / "decision.json", "decisions");
  std::vector<std::string> others;
  if (another(decisions, source, "metric", [](const auto& one) { return Json(one.metric->name); })) {
    others.emplace_back("metric");
  }
  if (another(decisions, source, "indifference", [](const auto& one) { return Json(one.indifference); })) {
    others.emplace_back("indifference");
  }
  if (other_prices(list_in(processed / "cost.json", "costs"), source)) {
    others.emplace_back("prices");
  }
  return and_list(others);
}

}  // namespace inferscale::report
