#include "builder.hpp"

#include <NvInfer.h>

#include <string_view>
#include <utility>

#include "backends.hpp"
#include "cache_passes.hpp"
#include "calibrator.hpp"
#include "core/clock.hpp"
#include "core/files.hpp"
#include "device.hpp"
#include "layer_summary.hpp"
#include "logger.hpp"
#include "machine/environment.hpp"
#include "memory_watch.hpp"
#include "network.hpp"
#include "protocol/shape_profile.hpp"
#include "version.hpp"

namespace inferscale::tensorrt {

using namespace protocol;

namespace {

using nvinfer1::OptProfileSelector;
using HostMemory = std::unique_ptr<nvinfer1::IHostMemory>;

/// A builder, with everything that a build needs, in the order in which it must be made.
struct Build {
  std::unique_ptr<nvinfer1::IBuilder> builder;
  std::unique_ptr<nvinfer1::INetworkDefinition> network;
  ParserPtr parser;  ///< owns what the network's constants point to
  std::unique_ptr<nvinfer1::IBuilderConfig> config;
  std::unique_ptr<nvinfer1::ITimingCache> timing_cache;
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  std::unique_ptr<Calibration> calibration;  ///< none: the graph's types and Q/DQ nodes say it all
#endif
  bool strongly_typed = true;
};

std::string_view bytes_of(const nvinfer1::IHostMemory& memory) {
  return {static_cast<const char*>(memory.data()), memory.size()};
}

nvinfer1::Dims dims_of(const Shape& shape) {
  nvinfer1::Dims dims{};
  dims.nbDims = 2;
  dims.d[0] = shape.batch;
  dims.d[1] = shape.length;
  return dims;
}

bool is_strongly_typed(const EngineKind& kind, const EngineOptions& options) {
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  return options.strongly_typed.value_or(!kind.chooses_types());
#else
  static_cast<void>(kind);
  static_cast<void>(options);
  return true;
#endif
}

/// TensorRT loads its kernels with a process's first builder, which takes seconds, and drops them with its
/// last: one more builder keeps them for the builds that may follow.
void keep_kernels() {
  static const std::unique_ptr<nvinfer1::IBuilder> kept(nvinfer1::createInferBuilder(logger()));
}

Result<Build> start_build(const BuildRequest& request, const EngineOptions& options, const EngineKind& kind) {
  Build build;
  build.strongly_typed = is_strongly_typed(kind, options);
  if (kind.bfloat && build.strongly_typed) {
    return fail_as(
        Outcome::unsupported,
        "{} cannot be strongly typed: its graph is fp32, so the engine would be too; leave the option "
        "'strongly_typed' out",
        kind.name);
  }
  logger().begin();
  build.builder.reset(nvinfer1::createInferBuilder(logger()));
  if (build.builder == nullptr) {
    return tl::unexpected(logger().error("making a builder", Outcome::load_failed));
  }
  keep_kernels();
  build.builder->setMaxThreads(static_cast<std::int32_t>(machine::allowed_cpus().size()));
  const auto typed =
      1U << static_cast<std::uint32_t>(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
  build.network.reset(build.builder->createNetworkV2(build.strongly_typed ? typed : 0U));
  build.config.reset(build.builder->createBuilderConfig());
  if (build.network == nullptr || build.config == nullptr) {
    return tl::unexpected(logger().error("making a network", Outcome::load_failed));
  }
  TRY_ASSIGN(build.parser, parse_graph(request.graph, *build.network));
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  // Logits of a step stay on the GPU, where they are also what the next token is chosen of.
  const bool crosses = cache_inputs(*build.network).empty();
  if (kind.chooses_types() && options.half_logits && !build.strongly_typed && crosses) {
    keep_logits_as(*build.network, kind.bfloat ? nvinfer1::DataType::kBF16 : nvinfer1::DataType::kHALF);
  }
#endif
  return build;
}

void set_precision(Build& build, const EngineKind& kind) {
  if (kind.tf32) {
    build.config->setFlag(nvinfer1::BuilderFlag::kTF32);
  } else {
    build.config->clearFlag(nvinfer1::BuilderFlag::kTF32);  // TensorRT sets it by default
  }
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  const auto allow = [&](bool allowed, nvinfer1::BuilderFlag flag) {
    if (allowed && !build.strongly_typed) {
      build.config->setFlag(flag);
    }
  };
  allow(kind.half, nvinfer1::BuilderFlag::kFP16);
  allow(kind.bfloat, nvinfer1::BuilderFlag::kBF16);
  allow(kind.int8, nvinfer1::BuilderFlag::kINT8);
#endif
}

Result<void> add_profiles(Build& build, const std::vector<ShapeProfile>& profiles) {
  const char* input = build.network->getInput(0)->getName();
  for (const auto& profile : profiles) {
    nvinfer1::IOptimizationProfile* added = build.builder->createOptimizationProfile();
    const bool taken = added != nullptr &&
                       added->setDimensions(input, OptProfileSelector::kMIN, dims_of(profile.min)) &&
                       added->setDimensions(input, OptProfileSelector::kOPT, dims_of(profile.opt)) &&
                       added->setDimensions(input, OptProfileSelector::kMAX, dims_of(profile.max)) &&
                       build.config->addOptimizationProfile(added) >= 0;
    if (!taken) {
      return tl::unexpected(
          logger().error(fmt::format("adding the profile {}", describe(profile)), Outcome::load_failed));
    }
  }
  return {};
}

/// One a pass, which fixes every shape.
Result<void> add_cache_profiles(Build& build, const std::vector<CacheShape>& caches) {
  const auto fix = [](nvinfer1::IOptimizationProfile& profile, const nvinfer1::ITensor& input,
                      const nvinfer1::Dims& dims) {
    return profile.setDimensions(input.getName(), OptProfileSelector::kMIN, dims) &&
           profile.setDimensions(input.getName(), OptProfileSelector::kOPT, dims) &&
           profile.setDimensions(input.getName(), OptProfileSelector::kMAX, dims);
  };
  for (const CachePass& pass : passes_of(caches)) {
    nvinfer1::IOptimizationProfile* added = build.builder->createOptimizationProfile();
    bool taken =
        added != nullptr && fix(*added, *build.network->getInput(0), dims_of({pass.batch, pass.length}));
    for (const nvinfer1::ITensor* past : cache_inputs(*build.network)) {
      nvinfer1::Dims dims = past->getDimensions();
      dims.d[0] = pass.batch;
      dims.d[2] = pass.capacity;
      taken = taken && fix(*added, *past, dims);
    }
    if (!taken || build.config->addOptimizationProfile(added) < 0) {
      return tl::unexpected(logger().error(fmt::format("adding the profile of [{}, {}] over a cache of {}",
                                                       pass.batch, pass.length, pass.capacity),
                                           Outcome::load_failed));
    }
  }
  return {};
}

/// Every shape that will be asked for.
Result<void> add_profiles_of(Build& build, const BuildRequest& request, const EngineOptions& options) {
  if (cache_inputs(*build.network).empty()) {
    return add_profiles(build, request.profiles);
  }
  if (request.caches.empty()) {
    return fail_as(Outcome::load_failed, "'{}' has a KV cache, and the request names none",
                   request.graph.string());
  }
  if (options.calibrator) {
    return fail_as(Outcome::unsupported, "TensorRT's own calibrator takes no graph with a KV cache");
  }
  return add_cache_profiles(build, request.caches);
}

/// TensorRT's own calibrator, where the options ask for one.
Result<void> use_calibrator(Build& build, const BuildRequest& request, const EngineOptions& options) {
  if (!options.calibrator) {
    return {};
  }
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  TRY_ASSIGN(build.calibration, make_calibration(*options.calibrator, request));
  const Shape shape = build.calibration->shape();
  nvinfer1::IOptimizationProfile* profile = build.builder->createOptimizationProfile();
  const char* input = build.network->getInput(0)->getName();
  bool taken = profile != nullptr;
  for (const auto bound : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX}) {
    taken = taken && profile->setDimensions(input, bound, dims_of(shape));
  }
  if (!taken || !build.config->setCalibrationProfile(profile)) {
    return tl::unexpected(logger().error(fmt::format("setting the calibration's shape {}", describe(shape)),
                                         Outcome::load_failed));
  }
  build.config->setInt8Calibrator(&build.calibration->calibrator());
  return {};
#else
  static_cast<void>(build);
  static_cast<void>(request);
  return fail_as(Outcome::unsupported,
                 "TensorRT {} has no calibrators of its own (10 has): leave the option 'calibrator' out, and "
                 "the scales are "
                 "those of our calibration, in the graph",
                 library_version());
#endif
}

/// What was timed before need not be timed again. A file that TensorRT refuses is as good as none.
void use_timing_cache(Build& build, const std::filesystem::path& file) {
  std::string content;
  if (auto read = read_file(file); !file.empty() && read) {
    content = std::move(*read);
  }
  build.timing_cache.reset(build.config->createTimingCache(content.data(), content.size()));
  if (build.timing_cache == nullptr && !content.empty()) {
    build.timing_cache.reset(build.config->createTimingCache(nullptr, 0));
  }
  if (build.timing_cache != nullptr) {
    build.config->setTimingCache(*build.timing_cache, false);
  }
}

/// Adds to what is in the file by now: builds side by side share it. Returns its size.
Result<std::size_t> save_timing_cache(const Build& build, const std::filesystem::path& file) {
  const nvinfer1::ITimingCache* used = build.config->getTimingCache();
  if (used == nullptr || file.empty()) {
    return std::size_t{0};
  }
  TRY_ASSIGN(const FileLock lock, FileLock::acquire(file.string() + ".lock"));
  const auto kept = read_file(file);
  const std::unique_ptr<nvinfer1::ITimingCache> all(
      kept ? build.config->createTimingCache(kept->data(), kept->size()) : nullptr);
  const bool added = all != nullptr && all->combine(*used, false);
  const HostMemory content((added ? *all : *used).serialize());
  if (content == nullptr) {
    return std::size_t{0};
  }
  TRY(write_file_atomic(file, bytes_of(*content)));
  return content->size();
}

void configure(Build& build, const EngineOptions& options, const EngineKind& kind) {
  set_precision(build, kind);
  build.config->setBuilderOptimizationLevel(options.optimization_level);
  build.config->setProfilingVerbosity(nvinfer1::ProfilingVerbosity::kDETAILED);  // for the inspector
  if (options.workspace_mb > 0) {
    build.config->setMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE,
                                     static_cast<std::size_t>(options.workspace_mb) << 20U);
  }
}

/// Reads the engine back, as a worker will, and asks it what it is made of.
Result<Json> inspect(const nvinfer1::IHostMemory& plan, bool list_layers) {
  logger().begin();
  const std::unique_ptr<nvinfer1::IRuntime> runtime(nvinfer1::createInferRuntime(logger()));
  const std::unique_ptr<nvinfer1::ICudaEngine> engine(
      runtime == nullptr ? nullptr : runtime->deserializeCudaEngine(plan.data(), plan.size()));
  if (engine == nullptr) {
    return tl::unexpected(logger().error("reading back the engine it built", Outcome::load_failed));
  }
  const std::unique_ptr<nvinfer1::IEngineInspector> inspector(engine->createEngineInspector());
  const char* text = inspector == nullptr
                         ? nullptr
                         : inspector->getEngineInformation(nvinfer1::LayerInformationFormat::kJSON);
  if (text == nullptr) {
    return Json::object();
  }
  TRY_ASSIGN(const LayerSummary summary, summarize_layers(text));
  Json json = to_json(summary);
  if (list_layers) {
    json["inspector"] = Json::parse(text, nullptr, false);
  }
  return json;
}

/// An engine, and how it came about.
struct Tuned {
  Build build;
  HostMemory plan;
  double parse_s = 0;
  double tune_s = 0;
};

Result<Tuned> tune(const BuildRequest& request, const EngineOptions& options, const EngineKind& kind) {
  Tuned tuned;
  auto started = Clock::now();
  TRY_ASSIGN(tuned.build, start_build(request, options, kind));
  configure(tuned.build, options, kind);
  TRY(add_profiles_of(tuned.build, request, options));
  TRY(use_calibrator(tuned.build, request, options));
  use_timing_cache(tuned.build, request.timing_cache);
  tuned.parse_s = seconds_since(std::exchange(started, Clock::now()));
  logger().begin();
  tuned.plan.reset(tuned.build.builder->buildSerializedNetwork(*tuned.build.network, *tuned.build.config));
  if (tuned.plan == nullptr) {
    return tl::unexpected(logger().error(fmt::format("building an engine of '{}'", request.graph.string()),
                                         Outcome::load_failed));
  }
  tuned.tune_s = seconds_since(started);
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  if (tuned.build.calibration != nullptr) {
    TRY(tuned.build.calibration->failure());
  }
#endif
  return tuned;
}

}  // namespace

Result<Json> build_engine(const BuildRequest& request, const EngineOptions& options) {
  TRY_ASSIGN(const EngineKind kind, engine_kind(request.backend));
  MemoryWatch watch;
  TRY_ASSIGN(const Tuned tuned, tune(request, options, kind));
  TRY(write_file_atomic(request.engine, bytes_of(*tuned.plan)));
  Json details = Json::object();
  details["parse_s"] = tuned.parse_s;
  details["tune_s"] = tuned.tune_s;
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  if (tuned.build.calibration != nullptr) {
    details.update(tuned.build.calibration->details());
  }
#endif
  TRY_ASSIGN(details["timing_cache_bytes"], save_timing_cache(tuned.build, request.timing_cache));
  TRY_ASSIGN(const Json layers, inspect(*tuned.plan, options.list_layers));
  details.update(layers);
  details["profiles"] = to_json(std::span<const ShapeProfile>(request.profiles));
  details["strongly_typed"] = tuned.build.strongly_typed;
  details["gpu_memory_peak_mb"] = watch.peak_mb();
  details["tensorrt"] = library_version();
  TRY_ASSIGN(const worker::CudaDevice gpu, device());
  details["gpu"] = gpu.name;
  details["architecture"] = gpu.architecture;
  return details;
}

}  // namespace inferscale::tensorrt
