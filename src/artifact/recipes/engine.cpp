#include <algorithm>
#include <cctype>
#include <system_error>

#include "artifact/engine_profiles.hpp"
#include "artifact/recipes/format.hpp"
#include "client/worker_session.hpp"
#include "core/log.hpp"
#include "core/sha256.hpp"
#include "protocol/messages.hpp"
#include "protocol/needs.hpp"

namespace inferscale::artifact {
namespace {

constexpr int kEngineVersion = 2;  // raised when what a worker makes of the same request changes
constexpr std::chrono::minutes kBuildTimeout{30};

ShapeNeeds shapes_asked_for(const model::Model& model, const FilesRequest& request) {
  return {request.scenarios, request.modes, request.new_tokens, model.config.positions,
          model.config.vocabulary};
}

Result<std::vector<protocol::ShapeProfile>> profiles_of(const model::Model& model,
                                                        const FilesRequest& request) {
  auto policy = request.profiles;
  if (const auto option = request.options.find("profiles"); option != request.options.end()) {
    const auto parsed = option->is_string() ? parse_profile_policy(option->get<std::string>()) : std::nullopt;
    if (!parsed) {
      return fail_usage("options of {}: 'profiles' is asked, wide, batch or scenario, not {}",
                        request.backend.name, option->dump());
    }
    policy = *parsed;
  }
  return plan_profiles(shapes_asked_for(model, request), policy);
}

/// One a runtime and GPU: all engines built there share it.
std::filesystem::path timing_cache_file(const ArtifactStore& store, const std::string& artifact_key) {
  std::string name = artifact_key;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-'; },
      '_');
  return std::filesystem::absolute(store.root() / "timing-caches" / (name + ".cache"));
}

/// What a runtime's own calibrator found for these samples, graph and runtime; beside the samples.
std::filesystem::path calibration_cache_file(const Artifact& graph, const Artifact& samples,
                                             const FilesRequest& request) {
  const Json key{{"graph_sha256", graph.sha256},
                 {"samples_sha256", samples.sha256},
                 {"built_by", request.backend.artifact_key},
                 {"options", worker_options(request.options)}};
  const auto name = fmt::format("{}-{}.cache", request.backend.name, sha256_hex(to_line(key)).substr(0, 10));
  return std::filesystem::absolute(samples.path.parent_path() / name);
}

/// What an engine is built from.
struct EngineInputs {
  Artifact graph;
  std::optional<Artifact> samples;  ///< for a runtime's own calibrator
  bool cached = false;              ///< the graph takes a KV cache
};

Recipe recipe_of(const model::Model& model, const EngineInputs& made, const FilesRequest& request,
                 const protocol::BuildRequest& order) {
  const Artifact& graph = made.graph;
  const std::string& name = request.backend.name;
  Recipe recipe;
  recipe.kind = family_of(request.backend);
  recipe.stem = made.cached ? fmt::format("{}-decode-{}", name, to_string(protocol::LogitsScope::last))
                            : fmt::format("{}-prefill-{}", name, to_string(request.logits));
  recipe.extension = ".engine";
  recipe.key = Json{{"engine_version", kEngineVersion},
                    {"backend", name},
                    {"graph_sha256", graph.sha256},
                    {"built_by", request.backend.artifact_key},
                    {"profiles", to_json(std::span<const protocol::ShapeProfile>(order.profiles))},
                    {"options", worker_options(request.options)}};
  if (made.cached) {
    recipe.key["caches"] = protocol::to_json(order).at("caches");
  }
  if (made.samples) {
    recipe.key["samples_sha256"] = made.samples->sha256;
  }
  recipe.details = Json{{"model", model.name},
                        {"parameters", parameter_count(model.config)},
                        {"graph_file", graph.path.filename().string()}};
  return recipe;
}

/// A fresh process of the backend's worker has half an hour, and so has a builder that is there.
Result<protocol::BuiltReply> built_by_worker(const protocol::BuildRequest& order,
                                             const FilesRequest& request) {
  const auto deadline = Clock::now() + kBuildTimeout;
  if (request.builder != nullptr) {
    return request.builder->build(order, deadline);
  }
  client::WorkerLimits limits;
  limits.cancelled = request.cancelled;
  TRY_ASSIGN(client::WorkerSession session,
             client::WorkerSession::start(request.worker, limits, *request.executor));
  TRY_ASSIGN(protocol::BuiltReply built, session.build(order, deadline));
  // The engine is on disk: how the worker ends no longer matters.
  [[maybe_unused]] const auto ended = session.shutdown(Clock::now() + std::chrono::seconds(10));
  return built;
}

Result<Made> build(const protocol::BuildRequest& order, const FilesRequest& request) {
  TRY_ASSIGN(const protocol::BuiltReply built, built_by_worker(order, request));
  Made made;
  made.file.file = order.engine;
  std::error_code error;
  made.file.bytes = std::filesystem::file_size(order.engine, error);
  if (error) {
    return fail("worker said that it built '{}', which is not there: {}", order.engine.string(),
                error.message());
  }
  TRY_ASSIGN(made.file.sha256, sha256_file(order.engine));
  made.details["build_s"] = built.build_s;
  made.details["build"] = built.details;
  return made;
}

protocol::BuildRequest order_of(const model::Model& model, const EngineInputs& inputs,
                                const FilesRequest& request, const ArtifactStore& store) {
  protocol::BuildRequest order;
  order.backend = request.backend.name;
  order.graph = std::filesystem::absolute(inputs.graph.path);
  order.timing_cache = timing_cache_file(store, request.backend.artifact_key);
  if (inputs.samples) {
    order.calibration_samples = std::filesystem::absolute(inputs.samples->path);
    order.calibration_cache = calibration_cache_file(inputs.graph, *inputs.samples, request);
  }
  order.vocabulary = model.config.vocabulary;
  order.options = worker_options(request.options);
  return order;
}

/// What fails outside of the worker (a wrong option, a full disk, a lock) is an error, and no outcome of
/// rows.
Result<MadeFile> engine_of(const model::Model& model, const EngineInputs& inputs, const FilesRequest& request,
                           ArtifactStore& store) {
  protocol::BuildRequest order = order_of(model, inputs, request, store);
  if (inputs.cached) {
    order.caches = plan_caches(shapes_asked_for(model, request));
    order.profiles = cache_profiles(order.caches);
  } else {
    TRY_ASSIGN(order.profiles, profiles_of(model, request));
  }
  MadeFile engine;
  if (order.profiles.empty()) {
    engine.not_made =
        Error{fmt::format("no engine of {}: it has positions for none of the scenarios", model.name),
              Outcome::unsupported};
    return engine;
  }
  Recipe recipe = recipe_of(model, inputs, request, order);
  recipe.make = [&](const std::filesystem::path& file) {
    log_info("building the engine of {} for {} ({} profiles)", model.name, order.backend,
             order.profiles.size());
    order.engine = std::filesystem::absolute(file);
    auto built = build(order, request);
    if (!built) {
      engine.not_made = built.error();
    }
    return built;
  };
  auto artifact = store.get_or_make(model, recipe, request.force_engine);
  if (!artifact && !engine.not_made) {
    return tl::unexpected(artifact.error());
  }
  if (artifact) {
    engine.artifact = std::move(*artifact);
  }
  return engine;
}

/// A runtime's own calibrator takes the fp32 graph, and samples.
Result<std::vector<protocol::Need>> inputs_of_engine(const protocol::Need& need, const Order& order) {
  TRY_ASSIGN(const QuantizationChoice choice,
             quantization_choice(order.request.backend, order.request.options, &order.model.config));
  protocol::Need graph = need;
  graph.format = std::exchange(graph.from, {});
  if (choice.calibrator.empty()) {
    return std::vector<protocol::Need>{graph};
  }
  graph.precision = "fp32";
  return std::vector<protocol::Need>{{kSamplesFormat}, graph};
}

Result<MadeFile> make_engine(const protocol::Need& need, const Order& order, const InputFiles& inputs) {
  EngineInputs from{inputs.at(need.from), std::nullopt, is_cached(need)};
  if (const auto samples = inputs.find(kSamplesFormat); samples != inputs.end()) {
    from.samples = samples->second;
  }
  return engine_of(order.model, from, order.request, order.store);
}

}  // namespace

const Format kEngineFormat{"engine", inputs_of_engine, make_engine};

}  // namespace inferscale::artifact
