#include "engine.hpp"

#include <optional>

#include "core/mapped_file.hpp"
#include "logger.hpp"

namespace inferscale::tensorrt {
namespace {

using nvinfer1::OptProfileSelector;

protocol::Shape shape_of(const nvinfer1::Dims& dims) {
  return {static_cast<int>(dims.d[0]), static_cast<int>(dims.d[1])};
}

std::optional<measure::ElementType> element_of(nvinfer1::DataType type) {
  switch (type) {
    case nvinfer1::DataType::kFLOAT:
      return measure::ElementType::f32;
    case nvinfer1::DataType::kHALF:
      return measure::ElementType::f16;
    case nvinfer1::DataType::kBF16:
      return measure::ElementType::bf16;
    default:
      return std::nullopt;
  }
}

Result<void> find_tensors(const std::filesystem::path& file, int vocabulary, Engine& loaded) {
  const nvinfer1::ICudaEngine& engine = *loaded.engine;
  for (std::int32_t i = 0; i < engine.getNbIOTensors(); ++i) {
    const char* name = engine.getIOTensorName(i);
    const bool is_input = engine.getTensorIOMode(name) == nvinfer1::TensorIOMode::kINPUT;
    (is_input ? loaded.input : loaded.output) = name;
  }
  if (engine.getNbIOTensors() != 2 || loaded.input.empty() || loaded.output.empty()) {
    return fail_as(Outcome::load_failed, "{}: the engine must have one input and one output", file.string());
  }
  const auto ids = engine.getTensorShape(loaded.input.c_str());
  const auto logits = engine.getTensorShape(loaded.output.c_str());
  const auto type = engine.getTensorDataType(loaded.output.c_str());
  if (ids.nbDims != 2 || engine.getTensorDataType(loaded.input.c_str()) != nvinfer1::DataType::kINT32) {
    return fail_as(Outcome::load_failed, "{}: the engine's input is not int32 [batch, length]",
                   file.string());
  }
  if (logits.nbDims != 3 || logits.d[2] != vocabulary) {
    return fail_as(Outcome::load_failed, "{}: the engine's logits do not have the model's vocabulary of {}",
                   file.string(), vocabulary);
  }
  const auto element = element_of(type);
  if (!element) {
    return fail_as(Outcome::load_failed, "{}: the engine's logits are neither fp32 nor fp16 nor bf16",
                   file.string());
  }
  loaded.element = *element;
  return {};
}

void find_profiles(Engine& loaded) {
  const auto bound = [&](std::int32_t profile, OptProfileSelector which) {
    return shape_of(loaded.engine->getProfileShape(loaded.input.c_str(), profile, which));
  };
  for (std::int32_t i = 0; i < loaded.engine->getNbOptimizationProfiles(); ++i) {
    loaded.profiles.push_back({fmt::format("profile_{}", i), bound(i, OptProfileSelector::kMIN),
                               bound(i, OptProfileSelector::kOPT), bound(i, OptProfileSelector::kMAX)});
  }
}

}  // namespace

Result<Engine> load_engine(const std::filesystem::path& file, int vocabulary) {
  const auto plan = MappedFile::open(file, true);
  if (!plan) {
    return fail_as(Outcome::load_failed, "{}", plan.error().message);
  }
  if (plan->bytes().empty()) {
    return fail_as(Outcome::load_failed, "'{}' is empty", file.string());
  }
  Engine loaded;
  logger().begin();
  loaded.runtime.reset(nvinfer1::createInferRuntime(logger()));
  if (loaded.runtime == nullptr) {
    return tl::unexpected(logger().error("making a runtime", Outcome::load_failed));
  }
  loaded.engine.reset(loaded.runtime->deserializeCudaEngine(plan->bytes().data(), plan->bytes().size()));
  if (loaded.engine == nullptr) {
    return tl::unexpected(
        logger().error(fmt::format("loading the engine '{}'", file.string()), Outcome::load_failed));
  }
  TRY(find_tensors(file, vocabulary, loaded));
  find_profiles(loaded);
  return loaded;
}

}  // namespace inferscale::tensorrt
