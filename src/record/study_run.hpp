#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace inferscale::record {

/// What one run of a study added to its folder, and how long that took: making artifacts, loading, measuring
/// and accuracy. A run that was killed leaves none.
struct StudyRun {
  std::string begun;  ///< UTC, ISO 8601
  double wall_s = 0;
  std::size_t rows = 0;
};

Json to_json(const StudyRun& run);

/// `runs` of manifest.json, or of null. An entry that this version does not understand is left out. Empty for
/// a study from before manifests had them.
std::vector<StudyRun> runs_of(const Json& manifest);

}  // namespace inferscale::record
