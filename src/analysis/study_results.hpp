#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/dataset.hpp"
#include "core/json.hpp"
#include "record/plan.hpp"

namespace inferscale::analysis {

/// One results folder: the rows that one machine measured under one plan, and what is known about both.
struct StudyResults {
  std::filesystem::path folder;
  std::string name;                  ///< the folder's, or its whole path where two folders have the same
  std::optional<record::Plan> plan;  ///< plan.json
  Json environment;                  ///< environment.json, or null
  Json manifest;                     ///< manifest.json, or null
  Dataset dataset;
};

/// Only the rows must be there. Errors name the file.
Result<StudyResults> load_study_results(const std::filesystem::path& folder);

/// Several folders (several machines), in the order given. They stay apart: nothing in here pools their rows.
/// The same folder twice is a usage error.
Result<std::vector<StudyResults>> load_study_results(std::span<const std::filesystem::path> folders);

}  // namespace inferscale::analysis
