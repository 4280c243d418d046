#pragma once

#include <NvInferRuntime.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cache_passes.hpp"
#include "measure/backend.hpp"

namespace inferscale::tensorrt {

// Tensors of an engine with a KV cache, beside ids and logits (docs/reference/export.md, dialect
// fixed_cache).
inline constexpr const char* kLastPlace = "last_place";
inline constexpr const char* kNextIds = "next_ids";
inline constexpr const char* kNextPlace = "next_place";

/// Keys or values of a layer.
struct CacheTensor {
  std::string past, present;  ///< names of the input and of the output that is the next one
};

/// A loaded engine: one input of token ids, one output of logits; and a KV cache, of a graph that has one.
struct Engine {
  std::unique_ptr<nvinfer1::IRuntime> runtime;  // outlives the engine
  std::unique_ptr<nvinfer1::ICudaEngine> engine;
  std::string input, output;  ///< the tensors' names
  measure::ElementType element = measure::ElementType::f32;
  std::vector<protocol::ShapeProfile> profiles;  ///< in the engine's order

  std::vector<CacheTensor> cache;  ///< keys and values of every layer; empty without a cache
  int kv_heads = 0, head_size = 0;
  std::size_t cache_element_bytes = 0;
  std::vector<CachePass> passes;  ///< with a cache: what each profile fixes, in the engine's order
};

/// Reads an engine file. Outcome::load_failed for one that is cut off, of another TensorRT or GPU, or not of
/// this model (`vocabulary`); the message says which. Outcome::out_of_memory where the GPU is too small.
Result<Engine> load_engine(const std::filesystem::path& file, int vocabulary);

}  // namespace inferscale::tensorrt
