#include "analysis/analysis_json.hpp"
#include "analysis/compare_studies.hpp"

namespace inferscale::analysis {
namespace {

Json difference_json(const EnvironmentDifference& difference) {
  Json json = Json::object();
  json["field"] = difference.field;
  json["base"] = difference.base;
  json["new"] = difference.now;
  json["decides"] = difference.decides;
  return json;
}

Json change_json(const CellChange& cell) {
  Json json = Json::object();
  json["mode"] = to_string(cell.mode);
  json["model"] = cell.model;
  json["parameters"] = cell.parameters;
  json["backend"] = cell.backend;
  json["scenario"] = cell.scenario;
  json["base_outcomes"] = to_json(cell.base_outcomes);
  json["new_outcomes"] = to_json(cell.new_outcomes);
  json["base_tok_s"] = cell.base_outcomes.ok > 0 ? Json(cell.base_tok_s) : Json(nullptr);
  json["new_tok_s"] = cell.new_outcomes.ok > 0 ? Json(cell.new_tok_s) : Json(nullptr);
  json.update(to_json(cell.test));
  if (cell.test.n_first == 0 || cell.test.n_second == 0) {
    json["ratio"] = nullptr;
  }
  json["verdict"] = to_string(cell.verdict);
  json["note"] = cell.note;
  return json;
}

}  // namespace

Json to_json(const StudyComparison& comparison) {
  Json json = Json::object();
  json["schema_version"] = kAnalysisSchemaVersion;
  json["threshold"] = comparison.threshold;
  json["comparable"] = comparison.comparable;
  json["regressed"] = comparison.regressed();
  json["differences"] = Json::array();
  for (const EnvironmentDifference& difference : comparison.differences) {
    json["differences"].push_back(difference_json(difference));
  }
  json["counts"] = Json::object();
  for (const ChangeVerdict verdict : {ChangeVerdict::better, ChangeVerdict::worse, ChangeVerdict::same,
                                      ChangeVerdict::undecided, ChangeVerdict::not_comparable}) {
    json["counts"][std::string(to_string(verdict))] = comparison.count(verdict);
  }
  json["totals"] = Json::array();
  for (const TotalChange& total : comparison.totals) {
    Json one = Json::object();
    one["mode"] = to_string(total.mode);
    one["backend"] = total.backend;
    one["cells"] = total.cells;
    one.update(to_json(total.test));
    one["verdict"] = to_string(total.verdict);
    json["totals"].push_back(std::move(one));
  }
  json["cells"] = Json::array();
  for (const CellChange& cell : comparison.cells) {
    json["cells"].push_back(change_json(cell));
  }
  json["unmatched"] = Json::array();
  for (const UnmatchedCell& cell : comparison.unmatched) {
    json["unmatched"].push_back(Json{{"mode", to_string(cell.mode)},
                                     {"model", cell.model},
                                     {"backend", cell.backend},
                                     {"scenario", cell.scenario},
                                     {"reason", cell.reason}});
  }
  return json;
}

}  // namespace inferscale::analysis
