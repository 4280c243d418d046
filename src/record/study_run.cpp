#include "record/study_run.hpp"

#include <utility>

#include "core/fields.hpp"

namespace inferscale::record {

constexpr auto declared_fields(const StudyRun* /*type*/) {
  return std::tuple{
      field<&StudyRun::begun>("begun", {.required = true}),
      field<&StudyRun::wall_s>("wall_s", {.unit = "s", .required = true}),
      field<&StudyRun::rows>("rows", {.required = true}),
  };
}

Json to_json(const StudyRun& run) {
  return fields_json(run);
}

std::vector<StudyRun> runs_of(const Json& manifest) {
  std::vector<StudyRun> runs;
  const auto list = manifest.is_object() ? manifest.find("runs") : manifest.end();
  if (!manifest.is_object() || list == manifest.end() || !list->is_array()) {
    return runs;
  }
  for (const Json& entry : *list) {
    if (!entry.is_object()) {
      continue;
    }
    StudyRun run;
    FieldReader reader(entry, "manifest.json: runs");
    if (read_fields(reader, run)) {
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

}  // namespace inferscale::record
