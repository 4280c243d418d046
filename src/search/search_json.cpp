#include "analysis/analysis_json.hpp"
#include "search/search_steps.hpp"

namespace inferscale::search {
namespace {

constexpr int kSearchSchemaVersion = 1;

std::string winner_name(const analysis::RatioPoint& point, const SearchSettings& settings) {
  return point.winner == 0 ? "" : point.winner > 0 ? settings.first : settings.second;
}

Json bracket_json(const std::optional<SearchBracket>& bracket, const SearchSettings& settings) {
  if (!bracket) {
    return nullptr;
  }
  return Json{{"low_model", bracket->low.model},
              {"low_parameters", bracket->low.parameters},
              {"low_winner", winner_name(bracket->low, settings)},
              {"high_model", bracket->high.model},
              {"high_parameters", bracket->high.parameters},
              {"high_winner", winner_name(bracket->high, settings)}};
}

Json step_json(const SearchStep& step, const SearchSettings& settings) {
  const auto& result = step.point.result;
  Json json{{"model", step.point.shape.name}, {"parameters", parameter_count(step.point.shape)}};
  json["ratio"] = result ? Json(result->ratio) : Json(nullptr);
  json["ci95"] = result ? to_json(result->ci95) : Json(nullptr);
  json["winner"] = result ? Json(winner_name(*result, settings)) : Json(nullptr);
  json["bracket"] = bracket_json(step.bracket, settings);
  json["why"] = step.why;
  return json;
}

}  // namespace

Json to_json(const CrossoverSearch& search) {
  const SearchSettings& settings = search.settings;
  Json json{{"schema_version", kSearchSchemaVersion},
            {"first", settings.first},
            {"second", settings.second},
            {"mode", settings.mode},
            {"tolerance", settings.tolerance},
            {"max_models", settings.max_models}};
  json["status"] = to_string(search.end.status);
  json["conclusion"] = search.end.why;
  json["next_model"] = search.end.next ? Json(search.end.next->name) : Json(nullptr);
  json["bracket"] = bracket_json(search.end.bracket, settings);
  json["steps"] = Json::array();
  for (const SearchStep& step : search.steps) {
    json["steps"].push_back(step_json(step, settings));
  }
  return json;
}

}  // namespace inferscale::search
