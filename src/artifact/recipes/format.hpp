#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "artifact/model_files.hpp"
#include "artifact/store.hpp"
#include "protocol/backend_info.hpp"

namespace inferscale::artifact {

/// For which backend of which model something is made, and where it is kept.
struct Order {
  const model::Model& model;
  const FilesRequest& request;
  ArtifactStore& store;
};

/// What making a need gave: a file, or the reason why this model and backend have none. That reason carries
/// the outcome of their rows.
struct MadeFile {
  std::optional<Artifact> artifact;
  std::optional<onnx_graph::Quantization> quantization;  ///< of an int8 graph
  std::optional<Error> not_made;
};

/// What the needs of inputs() gave, by format.
using InputFiles = std::map<std::string, Artifact, std::less<>>;

/// How one format is made: one file in this folder, and one line in formats.cpp.
struct Format {
  std::string_view name;  ///< as in a backend's needs
  /// What must be made first.
  Result<std::vector<protocol::Need>> (*inputs)(const protocol::Need& need, const Order& order);
  /// Finds it in the store by the key of all that decides its content, or makes it. An error means that
  /// nothing else can be made either (full disk, broken weights), but one whose outcome is `unsupported`: it
  /// is this model and backend's own, as not_made is.
  Result<MadeFile> (*make)(const protocol::Need& need, const Order& order, const InputFiles& inputs);
};

/// True for what a mode with a KV cache needs.
bool is_cached(const protocol::Need& need);

/// Names of formats that are inputs of others, and of no backend.
inline constexpr const char* kCalibrationFormat = "calibration";
inline constexpr const char* kSamplesFormat = "calibration-samples";

extern const Format kWeightsFormat, kOnnxFormat, kLimitsFormat, kCalibrationSamplesFormat, kEngineFormat;

/// Null for a format that this version does not know.
const Format* find_format(std::string_view name);

/// Adds a format to the list, for a test. A format of the product has its line in formats.cpp. Call it before
/// anything is made.
void add_format_for_test(const Format& format);

}  // namespace inferscale::artifact
