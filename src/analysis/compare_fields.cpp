#include "analysis/compare_fields.hpp"

namespace inferscale::analysis {

Json verdict_counts(const StudyComparison& comparison) {
  Json json = Json::object();
  for (const ChangeVerdict verdict : {ChangeVerdict::better, ChangeVerdict::worse, ChangeVerdict::same,
                                      ChangeVerdict::undecided, ChangeVerdict::not_comparable}) {
    json[std::string(to_string(verdict))] = comparison.count(verdict);
  }
  return json;
}

Json to_json(const StudyComparison& comparison) {
  Json json = versioned_json();
  write_fields(kFieldsOf<StudyComparison>, comparison, json);
  return json;
}

Json to_json(const MachineComparison& comparison) {
  Json json = versioned_json();
  write_fields(kFieldsOf<MachineComparison>, comparison, json);
  return json;
}

}  // namespace inferscale::analysis
