#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "protocol/logits_scope.hpp"
#include "protocol/shape.hpp"

namespace inferscale::protocol {

/// What to load. The same thread count and CPU set for every backend of a study.
struct LoadRequest {
  std::string backend;
  std::filesystem::path artifact;  ///< the ONNX graph (or engine); empty for artifact "none"
  std::filesystem::path weights;   ///< model.safetensors of the same model
  LogitsScope logits = LogitsScope::all;
  int threads = 1;
  std::vector<int> cpus;  ///< CPUs to run on, one a thread; the worker loop has pinned the process to them
  int vocabulary = 0;     ///< of the model; the output's last dimension must equal it
  int max_positions = 0;
  /// The model's whole configuration, as model/spec.hpp writes it: for a runtime that builds the model
  /// itself. Null when the caller did not say.
  Json model = nullptr;
  std::uint64_t seed = 0;
  /// That will be measured: the worker prepares them at once, so that this is not done where one is timed.
  std::vector<Shape> shapes;
  std::vector<CacheShape> caches;  ///< the same of modes with a KV cache
  Json options = Json::object();   ///< the plan's options for this backend, passed through as they are
};

/// An engine to be built from a graph, ahead of any load.
struct BuildRequest {
  std::string backend;
  std::filesystem::path graph;         ///< ONNX, at the backend's graph_precision
  std::filesystem::path engine;        ///< to be written, whole or not at all
  std::filesystem::path timing_cache;  ///< kept from build to build, shared by all engines; empty: none
  /// For a runtime that calibrates by itself: samples of token ids, and what it found, kept from build to
  /// build. Empty when the options do not ask for it.
  std::filesystem::path calibration_samples, calibration_cache;
  std::vector<ShapeProfile> profiles;  ///< every shape that load's forward() will see fits one
  /// Of a graph with a KV cache: every cache that load's reserve() will see, its capacity rounded up to the
  /// bucket's. An engine is tuned for the prompt and the step of each.
  std::vector<CacheShape> caches;
  int vocabulary = 0;
  Json options = Json::object();  ///< the plan's options for this backend
};

}  // namespace inferscale::protocol
