#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "measure/backend.hpp"

namespace inferscale::tensorrt {

/// What TensorRT's own calibrator is fed with: batches of one shape.
struct CalibrationBatches {
  protocol::Shape shape;                           ///< of each
  std::vector<std::vector<std::int32_t>> batches;  ///< [batch][length], row after row
};

/// Reads samples, {"tokens": [[..], ..]}, and cuts them into batches of 8 (of all where there are fewer);
/// what is left over at the end is left out. Errors name the file: it cannot be read, is no such JSON, has no
/// samples, samples of several lengths, or ids that the vocabulary does not have.
Result<CalibrationBatches> read_calibration_batches(const std::filesystem::path& file, int vocabulary);

}  // namespace inferscale::tensorrt
