#include <system_error>

#include "artifact/recipes/format.hpp"
#include "artifact/recipes/of_model.hpp"
#include "artifact/store.hpp"
#include "core/sha256.hpp"

namespace inferscale::artifact {

using namespace model;

namespace {

constexpr int kWeightsVersion = 1;  // raised when the same seed would give other bytes

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

Result<std::vector<protocol::Need>> no_inputs(const protocol::Need& need, const Order& order) {
  static_cast<void>(need);
  static_cast<void>(order);
  return std::vector<protocol::Need>{};
}

Result<MadeFile> make_weights(const protocol::Need& need, const Order& order, const InputFiles& inputs) {
  static_cast<void>(need);
  static_cast<void>(inputs);
  MadeFile made;
  TRY_ASSIGN(made.artifact, order.store.weights(order.model, order.request.seed));
  return made;
}

}  // namespace

const Format kWeightsFormat{"safetensors", no_inputs, make_weights};

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

}  // namespace inferscale::artifact
