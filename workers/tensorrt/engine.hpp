#pragma once

#include <NvInferRuntime.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "measure/backend.hpp"

namespace inferscale::tensorrt {

/// A loaded engine: one input of token ids, one output of logits.
struct Engine {
  std::unique_ptr<nvinfer1::IRuntime> runtime;  // outlives the engine
  std::unique_ptr<nvinfer1::ICudaEngine> engine;
  std::string input, output;  ///< the tensors' names
  measure::ElementType element = measure::ElementType::f32;
  std::vector<protocol::ShapeProfile> profiles;  ///< in the engine's order
};

/// Reads an engine file. Outcome::load_failed for one that is cut off, of another TensorRT or GPU, or not of
/// this model (`vocabulary`); the message says which. Outcome::out_of_memory where the GPU is too small.
Result<Engine> load_engine(const std::filesystem::path& file, int vocabulary);

}  // namespace inferscale::tensorrt
