#include "engine.hpp"

#include <optional>

#include "core/mapped_file.hpp"
#include "logger.hpp"
#include "measure/pass_layout.hpp"

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

/// The names of ids, logits and cache, and how the cache is laid out.
Result<void> find_names(const std::filesystem::path& file, Engine& loaded) {
  constexpr std::string_view kPast = "past_key_values.";
  const nvinfer1::ICudaEngine& engine = *loaded.engine;
  for (std::int32_t i = 0; i < engine.getNbIOTensors(); ++i) {
    const std::string name = engine.getIOTensorName(i);
    const bool is_input = engine.getTensorIOMode(name.c_str()) == nvinfer1::TensorIOMode::kINPUT;
    if (is_input && name.starts_with(kPast)) {
      loaded.cache.push_back({name, "present." + name.substr(kPast.size())});
    } else if (name != kLastPlace && name != kNextIds && name != kNextPlace &&
               !name.starts_with("present.")) {
      (is_input ? loaded.input : loaded.output) = name;
    }
  }
  const std::size_t expected = 2 + (loaded.cache.empty() ? 0 : 3 + 2 * loaded.cache.size());
  if (static_cast<std::size_t>(engine.getNbIOTensors()) != expected || loaded.input.empty() ||
      loaded.output.empty()) {
    return fail_as(Outcome::load_failed,
                   "{}: the engine must have one input and one output, or those of a KV cache beside them",
                   file.string());
  }
  if (loaded.cache.empty()) {
    return {};
  }
  const char* past = loaded.cache.front().past.c_str();
  const auto shape = engine.getTensorShape(past);
  const auto type = element_of(engine.getTensorDataType(past));
  if (shape.nbDims != 4 || shape.d[1] < 1 || shape.d[3] < 1 || !type) {
    return fail_as(Outcome::load_failed, "{}: the engine's cache is not [batch, heads, tokens, head size]",
                   file.string());
  }
  loaded.kv_heads = static_cast<int>(shape.d[1]);
  loaded.head_size = static_cast<int>(shape.d[3]);
  loaded.cache_element_bytes = measure::bytes_of(*type);
  return {};
}

Result<void> find_tensors(const std::filesystem::path& file, int vocabulary, Engine& loaded) {
  TRY(find_names(file, loaded));
  const nvinfer1::ICudaEngine& engine = *loaded.engine;
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
    if (!loaded.cache.empty()) {
      const auto cache =
          loaded.engine->getProfileShape(loaded.cache.front().past.c_str(), i, OptProfileSelector::kOPT);
      const protocol::Shape ids = bound(i, OptProfileSelector::kOPT);
      loaded.passes.push_back({ids.batch, ids.length, static_cast<int>(cache.d[2])});
    }
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
