#pragma once

#include <filesystem>
#include <vector>

#include "record/row.hpp"
#include "study/artifacts.hpp"

namespace inferscale::study {

/// Rows that were measured with other weights, or with another graph (from another calibration), must not
/// share a cell with rows that are to come. Of each model and backend with ok rows, what `pending`
/// repetitions load must be in the folder's manifest.json, by its SHA-256. An engine need not be there: a
/// rebuilt engine is another file of the same graph. Passes where there is no manifest. `inputs` must be
/// finished().
Result<void> check_same_files(const std::filesystem::path& folder, const std::vector<record::Row>& rows,
                              const std::vector<record::Repetition>& pending, const StudyInputs& inputs);

}  // namespace inferscale::study
