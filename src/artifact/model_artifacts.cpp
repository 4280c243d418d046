#include <system_error>

#include "artifact/store.hpp"
#include "core/sha256.hpp"
#include "graph/export.hpp"

namespace inferscale::artifact {

using namespace model;
using namespace onnx_graph;

namespace {

constexpr int kWeightsVersion = 1;  // raised when the same seed would give other bytes

/// The shape alone: the same shape under another name has the same weights and graph.
Json shape_of(const Model& model) {
  Json config = to_json(model.config);
  config.erase("name");
  return config;
}

Json details_of(const Model& model) {
  return Json{{"model", model.name},
              {"parameters", parameter_count(model.config)},
              {"layers", model.config.layers},
              {"versions", graph::exporter_versions()}};
}

/// SHA-256 of each of a folder's weight files, by name.
Result<Json> hashed_files(const WeightSource& source) {
  Json files = Json::object();
  for (const auto& file : source.files()) {
    TRY_ASSIGN(files[file->path().filename().string()], sha256_file(file->path()));
  }
  return files;
}

/// True when the file is what workers load as it is: one file, every tensor F32 under its canonical name.
bool is_canonical(const WeightSource& source) {
  if (source.files().size() != 1 || source.files().front()->tensors().size() != source.specs().size()) {
    return false;
  }
  for (const auto& spec : source.specs()) {
    if (source.dtype(spec.name) != Dtype::f32 || source.files().front()->find(spec.name) == nullptr) {
      return false;
    }
  }
  return true;
}

Result<std::uint64_t> size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) {
    return fail("cannot read '{}': {}", file.string(), error.message());
  }
  return bytes;
}

Result<Artifact> used_in_place(const std::filesystem::path& file, const Json& hashes) {
  Artifact artifact;
  artifact.path = file;
  artifact.sha256 = hashes.begin()->get<std::string>();
  TRY_ASSIGN(artifact.bytes, size_of(file));
  artifact.reused = true;
  return artifact;
}

Result<Made> write_and_hash(const Model& model, std::uint64_t seed, const std::filesystem::path& file) {
  TRY(write_weights(model, seed, file));
  Made made;
  made.file.file = file;
  TRY_ASSIGN(made.file.bytes, size_of(file));
  TRY_ASSIGN(made.file.sha256, sha256_file(file));
  return made;
}

/// What decides an int8 graph: of the limits, those that it uses.
Json quantization_key(const Quantization& quantization, const DecoderSpec& config) {
  Json key{{"version", kQuantizationVersion},
           {"form", to_string(quantization.form)},
           {"quantize_head", quantization.head}};
  if (quantization.weight_bits != kWeightBits) {  // graphs of 8 bits keep the key that they always had
    key["weight_bits"] = quantization.weight_bits;
  }
  if (quantization.form == QuantizationForm::qdq) {
    for (const auto& name : graph::quantized_activations(config, quantization.head)) {
      const auto limit = quantization.limits.find(name);
      key["limits"][name] = limit == quantization.limits.end() ? Json() : Json(limit->second);
    }
  }
  return key;
}

}  // namespace

Result<Artifact> ArtifactStore::weights(const Model& model, std::uint64_t seed) {
  Recipe recipe;
  recipe.kind = "weights";
  recipe.extension = ".safetensors";
  recipe.key = Json{{"version", kWeightsVersion}, {"config", shape_of(model)}};
  recipe.details = details_of(model);
  if (model.seeded()) {
    recipe.stem = fmt::format("seed{}", seed);
    recipe.key["seed"] = seed;
  } else {
    TRY_ASSIGN(const WeightSource source, open_weights(model));
    TRY_ASSIGN(const Json hashes, hashed_files(source));
    if (is_canonical(source)) {
      return used_in_place(source.files().front()->path(), hashes);
    }
    recipe.stem = "converted";
    recipe.key["files"] = hashes;
  }
  recipe.make = [&](const std::filesystem::path& file) { return write_and_hash(model, seed, file); };
  return get_or_make(model, recipe);
}

Result<Artifact> ArtifactStore::onnx_graph(const Model& model, std::uint64_t seed,
                                           const ExportSettings& settings, const Json& details) {
  TRY(graph::check_supported(settings));
  TRY_ASSIGN(const Artifact source_file, weights(model, seed));
  Recipe recipe;
  recipe.kind = "onnx";
  recipe.stem = fmt::format("{}-{}-{}", to_string(settings.precision), to_string(settings.mode),
                            to_string(settings.logits));
  recipe.extension = ".onnx";
  recipe.key = Json{{"exporter_version", kExporterVersion},
                    {"opset", kOpset},
                    {"config", shape_of(model)},
                    {"weights_sha256", source_file.sha256},
                    {"precision", to_string(settings.precision)},
                    {"mode", to_string(settings.mode)},
                    {"logits", to_string(settings.logits)}};
  if (settings.precision == Precision::int8) {
    const int bits = settings.quantization.weight_bits;
    recipe.stem = fmt::format("int8-{}{}", to_string(settings.quantization.form),
                              bits == kWeightBits ? "" : fmt::format("-w{}", bits)) +
                  recipe.stem.substr(4);
    recipe.key["quantization"] = quantization_key(settings.quantization, model.config);
  }
  if (settings.half_logits) {
    recipe.stem += "-fp16-logits";
    recipe.key["half_logits"] = true;
  }
  recipe.details = details_of(model);
  recipe.details["weights_file"] = source_file.path.filename().string();
  recipe.details.update(details);
  recipe.make = [&](const std::filesystem::path& file) -> Result<Made> {
    TRY_ASSIGN(const WeightSource source, WeightSource::open(source_file.path, model.config));
    return graph::export_onnx(source, settings, file);
  };
  return get_or_make(model, recipe, force_export_);
}

}  // namespace inferscale::artifact
