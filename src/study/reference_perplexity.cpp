#include "study/reference_perplexity.hpp"

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "machine/environment.hpp"
#include "record/quality_result.hpp"

namespace inferscale::study {

using namespace artifact;

namespace {

/// The recipe without `make`.
Recipe perplexity_recipe(const model::Model& model, const std::string& backend, const Json& inputs) {
  Recipe recipe;
  recipe.kind = "perplexity";
  recipe.stem = backend;
  recipe.extension = ".json";
  Json of_passes = inputs;
  if (of_passes.contains("cached")) {
    of_passes.erase("cached");  // what comes through a KV cache is in no perplexity that is kept
  }
  recipe.key = Json{{"inputs", of_passes}, {"processor", machine::read_environment().processor}};
  recipe.details = Json{{"model", model.name}, {"parameters", parameter_count(model.config)}};
  return recipe;
}

}  // namespace

Result<KeptPerplexity> reference_perplexity(ArtifactStore& store, const model::Model& model,
                                            const std::string& backend, const Json& inputs,
                                            const std::function<Result<record::PerplexityRun>()>& measure) {
  Recipe recipe = perplexity_recipe(model, backend, inputs);
  recipe.make = [&](const std::filesystem::path& file) -> Result<Made> {
    TRY_ASSIGN(const record::PerplexityRun run, measure());
    const std::string text = to_pretty(to_json(run));
    TRY(write_file_atomic(file, text));
    Made made;
    made.file = onnx_graph::WrittenFile{file, text.size(), sha256_hex(text)};
    return made;
  };
  KeptPerplexity kept;
  TRY_ASSIGN(kept.artifact, store.get_or_make(model, recipe));
  TRY_ASSIGN(const Json json, read_json_file(kept.artifact.path));
  TRY_ASSIGN(kept.run, record::parse_perplexity(json, kept.artifact.path.string()));
  return kept;
}

std::optional<Artifact> find_reference_perplexity(ArtifactStore& store, const model::Model& model,
                                                  const std::string& backend, const Json& inputs) {
  return store.find(model, perplexity_recipe(model, backend, inputs));
}

}  // namespace inferscale::study
