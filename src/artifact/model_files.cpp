#include "artifact/model_files.hpp"

#include <map>

#include "artifact/recipes/format.hpp"
#include "protocol/needs.hpp"

namespace inferscale::artifact {
namespace {

/// Makes what is needed, and before that what it is made from. Everything that is made goes into the files.
class Resolver {
 public:
  Resolver(const Order& order, ModelFiles& files) : order_(order), files_(files) {}

  /// None when the files say why they are not made.
  Result<std::optional<Artifact>> get(const protocol::Need& need) {
    if (const auto known = made_.find(need.format); known != made_.end()) {
      return known->second;
    }
    const Format* format = find_format(need.format);
    if (format == nullptr) {
      files_.not_made = Error{fmt::format("this inferscale cannot make what {} loads: {}",
                                          order_.request.backend.name, need.format),
                              Outcome::unsupported};
      return std::nullopt;
    }
    InputFiles inputs;
    TRY_ASSIGN(const auto wanted, format->inputs(need, order_));
    for (const protocol::Need& input : wanted) {
      TRY_ASSIGN(const auto file, get(input));
      if (!file) {
        return std::nullopt;
      }
      inputs.emplace(input.format, *file);
    }
    auto result = format->make(need, order_, inputs);
    if (!result && result.error().outcome == Outcome::unsupported) {
      files_.not_made = std::move(result).error();
      return std::nullopt;
    }
    TRY_ASSIGN(MadeFile made, std::move(result));
    if (!made.artifact) {
      files_.not_made = std::move(made.not_made);
      return std::nullopt;
    }
    files_.quantization = made.quantization ? std::move(made.quantization) : files_.quantization;
    files_.artifacts.push_back(*made.artifact);
    made_.emplace(need.format, *made.artifact);
    return made.artifact;
  }

 private:
  const Order& order_;
  ModelFiles& files_;
  std::map<std::string, Artifact, std::less<>> made_;  ///< by format: a backend needs one file of each
};

}  // namespace

Result<ModelFiles> make_model_files(const model::Model& model, const FilesRequest& request,
                                    ArtifactStore& store) {
  ModelFiles files;
  if (!loads_a_file(request.backend)) {
    return files;
  }
  const Order order{model, request, store};
  Resolver resolver(order, files);
  TRY_ASSIGN(const auto weights, resolver.get({std::string(kWeightsFormat.name)}));
  files.weights = std::filesystem::absolute(weights->path);
  for (const protocol::Need& need : needs_of(request.backend)) {
    TRY_ASSIGN(const auto file, resolver.get(need));
    if (!file) {
      return files;
    }
    files.artifact = files.artifact.empty() ? std::filesystem::absolute(file->path) : files.artifact;
  }
  return files;
}

Result<BackendGraph> make_backend_graph(ArtifactStore& store, const model::Model& model,
                                        const GraphRequest& request) {
  const auto need = graph_of(request.backend);
  if (!need) {
    return fail_as(Outcome::unsupported, "backend '{}' loads no graph", request.backend.name);
  }
  FilesRequest of_graph;
  static_cast<GraphRequest&>(of_graph) = request;
  of_graph.backend.needs = {*need};
  TRY_ASSIGN(ModelFiles files, make_model_files(model, of_graph, store));
  if (files.not_made) {
    return tl::unexpected(*files.not_made);
  }
  return BackendGraph{files.artifacts.back(), std::move(files.quantization)};
}

}  // namespace inferscale::artifact
