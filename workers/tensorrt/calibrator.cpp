#include "calibrator.hpp"

#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS

#include <optional>
#include <string>
#include <utility>

#include "calibration_batches.hpp"
#include "core/clock.hpp"
#include "core/files.hpp"
#include "device.hpp"

namespace inferscale::tensorrt {
namespace {

/// What both kinds do; TensorRT tells them apart by the interface alone.
struct State {
  CalibratorKind kind = CalibratorKind::entropy2;
  CalibrationBatches samples;
  std::filesystem::path cache_file;
  std::string cache;  ///< as it was read
  std::shared_ptr<const worker::CudaRuntime> cuda;
  worker::CudaBuffer ids;
  std::size_t taken = 0;
  std::optional<Clock::time_point> started;
  double seconds = 0;
  std::optional<Error> failure;

  /// Keeps the first failure.
  bool good(const Result<void>& done) {
    if (!done && !failure) {
      failure = done.error();
    }
    return done.has_value();
  }
};

template <class Interface>
class Calibrator final : public Interface {
 public:
  explicit Calibrator(State& state) : state_(state) {}

  [[nodiscard]] std::int32_t getBatchSize() const noexcept override { return state_.samples.shape.batch; }

  bool getBatch(void* bindings[], const char* /*names*/[], std::int32_t count) noexcept override {
    if (!state_.started) {
      state_.started = Clock::now();
    }
    if (count != 1 || state_.taken == state_.samples.batches.size()) {
      return false;
    }
    const auto& batch = state_.samples.batches[state_.taken++];
    bindings[0] = state_.ids.data();
    return state_.good(copy(batch));
  }

  const void* readCalibrationCache(std::size_t& length) noexcept override {
    length = state_.cache.size();
    return state_.cache.empty() ? nullptr : state_.cache.data();
  }

  void writeCalibrationCache(const void* data, std::size_t length) noexcept override {
    state_.seconds = state_.started ? seconds_since(*state_.started) : 0;
    if (!state_.cache_file.empty() && state_.taken > 0) {
      state_.good(write_file_atomic(state_.cache_file, {static_cast<const char*>(data), length}));
    }
  }

 private:
  /// On the default stream, which TensorRT calibrates on.
  Result<void> copy(const std::vector<std::int32_t>& batch) {
    TRY(state_.cuda->copy_to_device(state_.ids.data(), batch.data(), batch.size() * sizeof(batch[0]),
                                    nullptr));
    return state_.cuda->synchronize(nullptr);
  }

  State& state_;
};

template <class Interface>
class CalibrationOf final : public Calibration {
 public:
  explicit CalibrationOf(State state) : state_(std::move(state)), calibrator_(state_) {}

  [[nodiscard]] nvinfer1::IInt8Calibrator& calibrator() override { return calibrator_; }
  [[nodiscard]] protocol::Shape shape() const override { return state_.samples.shape; }
  [[nodiscard]] Result<void> failure() const override {
    return state_.failure ? Result<void>(tl::unexpected(*state_.failure)) : Result<void>();
  }
  [[nodiscard]] Json details() const override {
    return Json{{"calibrator", to_string(state_.kind)},
                {"calibration_s", state_.seconds},
                {"calibration_batches", state_.taken},
                {"calibration_cached", state_.taken == 0 && !state_.cache.empty()}};
  }

 private:
  State state_;
  Calibrator<Interface> calibrator_;
};

}  // namespace

Result<std::unique_ptr<Calibration>> make_calibration(CalibratorKind kind,
                                                      const protocol::BuildRequest& request) {
  if (request.calibration_samples.empty()) {
    return fail("build: the option 'calibrator' needs calibration_samples");
  }
  State state;
  state.kind = kind;
  state.cache_file = request.calibration_cache;
  TRY_ASSIGN(state.samples, read_calibration_batches(request.calibration_samples, request.vocabulary));
  if (auto read = read_file(request.calibration_cache); !request.calibration_cache.empty() && read) {
    state.cache = std::move(*read);
  }
  TRY_ASSIGN(state.cuda, cuda_runtime());
  TRY_ASSIGN(state.ids, worker::CudaBuffer::make(state.cuda, worker::CudaBuffer::Place::device,
                                                 state.samples.batches[0].size() * sizeof(std::int32_t)));
  std::unique_ptr<Calibration> made;
  if (kind == CalibratorKind::entropy2) {
    made = std::make_unique<CalibrationOf<nvinfer1::IInt8EntropyCalibrator2>>(std::move(state));
  } else {
    made = std::make_unique<CalibrationOf<nvinfer1::IInt8MinMaxCalibrator>>(std::move(state));
  }
  return made;
}

}  // namespace inferscale::tensorrt

#endif
