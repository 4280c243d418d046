#pragma once

#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::tensorrt {

/// TensorRT's own: IInt8EntropyCalibrator2 and IInt8MinMaxCalibrator, until 10.
enum class CalibratorKind { entropy2, minmax };
std::string_view to_string(CalibratorKind kind);

/// A plan's backend_options of a tensorrt backend (docs/how-to/gpu.md). All decide the engine or how it runs.
struct EngineOptions {
  int optimization_level = 3;  ///< TensorRT's builder_optimization_level, 0 to 5
  int workspace_mb = 0;        ///< the most that a kernel may use while the builder times it; 0: no limit
  bool half_logits = true;     ///< fp16 and int8 copy logits back in fp16, unless strongly typed
  /// Every tensor has the type that the graph gives it (TensorRT's strongly typed networks). Unset: fp32
  /// and tf32. For fp16 and int8 TensorRT then chooses between fp32 and fp16, which is faster: for int8 where
  /// the graph does not quantise.
  std::optional<bool> strongly_typed;
  /// Set: int8 from the fp32 graph, with scales that TensorRT finds for itself. Unset: the graph's Q/DQ
  /// nodes.
  std::optional<CalibratorKind> calibrator;
  bool cuda_graphs = true;   ///< capture each shape once, and replay
  bool spin = true;          ///< wait for the device on the CPU's time: faster, and it costs a core
  bool list_layers = false;  ///< put every layer into the engine's .json
};

/// 'profiles' is the orchestrator's (src/artifact/engine_profiles.hpp) and passes.
Result<EngineOptions> parse_engine_options(const Json& options);

}  // namespace inferscale::tensorrt
