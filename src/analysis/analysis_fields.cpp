#include "analysis/analysis_fields.hpp"

#include <set>

namespace inferscale::analysis {

Json OutcomesCodec::write(const std::map<Outcome, int>& counts) {
  Json json = Json::object();
  for (const auto& [outcome, count] : counts) {
    json[std::string(to_string(outcome))] = count;
  }
  return json;
}

Json other_metrics(const CellStatistics& cell) {
  static const std::set<std::string_view> own = [] {
    std::set<std::string_view> names;
    for_each_field(kFieldsOf<CellStatistics>, [&](const auto& field) { names.insert(field.name); });
    return names;
  }();
  Json json = Json::object();
  for (const record::Metric& metric : record::kMetrics) {
    if (!own.contains(metric.name) && cell.of(metric).n > 0) {
      json[std::string(metric.name)] = fields_json(cell.of(metric));
    }
  }
  return json;
}

Json to_json(const Analysis& analysis) {
  Json json = versioned_json();
  write_fields(kFieldsOf<Analysis>, analysis, json);
  return json;
}

}  // namespace inferscale::analysis
