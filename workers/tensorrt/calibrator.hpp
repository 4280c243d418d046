#pragma once

#include "version.hpp"

#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS

#include <NvInfer.h>

#include <memory>

#include "engine_options.hpp"
#include "measure/backend.hpp"

namespace inferscale::tensorrt {

/// One of TensorRT's calibrators, fed with the request's samples. What it finds is read from and kept in the
/// request's calibration_cache, as TensorRT writes it. Must outlive the build.
class Calibration {
 public:
  Calibration() = default;
  Calibration(const Calibration&) = delete;
  Calibration& operator=(const Calibration&) = delete;
  virtual ~Calibration() = default;

  [[nodiscard]] virtual nvinfer1::IInt8Calibrator& calibrator() = 0;
  [[nodiscard]] virtual protocol::Shape shape() const = 0;  ///< of every batch
  /// The first failure of a copy or a write, which TensorRT cannot be told; for after the build.
  [[nodiscard]] virtual Result<void> failure() const = 0;
  /// {"calibrator", "calibration_s", "calibration_batches", "calibration_cached"}: seconds from the first
  /// batch taken to the cache written, 0 when it was there.
  [[nodiscard]] virtual Json details() const = 0;
};

/// Outcome::error for samples that cannot be read, out_of_memory where the GPU has no room for a batch.
Result<std::unique_ptr<Calibration>> make_calibration(CalibratorKind kind,
                                                      const protocol::BuildRequest& request);

}  // namespace inferscale::tensorrt

#endif
