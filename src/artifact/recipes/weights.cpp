#include <algorithm>
#include <system_error>

#include "artifact/recipes/format.hpp"
#include "artifact/recipes/of_model.hpp"
#include "artifact/store.hpp"
#include "core/sha256.hpp"
#include "core/usage.hpp"
#include "model/shard_index.hpp"
#include "protocol/needs.hpp"

namespace inferscale::artifact {

using namespace model;
using onnx_graph::WrittenFile;

namespace {

/// The dialect of a need of weights whose backend reads any type, several files, and the names of
/// transformers.
constexpr std::string_view kAsStored = "stored";

constexpr int kWeightsVersion = 1;  // raised when the same seed would give other bytes

/// The files of a folder's weights. Every element was seen to be finite, now or when the hash was remembered.
Result<std::vector<WrittenFile>> checked_files(const WeightSource& source, const KnownHashes& hashes) {
  std::vector<WrittenFile> files;
  for (const auto& file : source.files()) {
    const auto read = [&]() -> Result<FileFacts> {
      TRY_ASSIGN(std::string hash, source.checked_sha256(*file));
      return FileFacts{std::move(hash), true};
    };
    TRY_ASSIGN(FileFacts facts, hashes.find_or_read(file->path(), read));
    if (!facts.finite) {  // remembered as a file of the store
      TRY_ASSIGN(facts, read());
    }
    files.push_back({file->path(), file->bytes().size(), facts.sha256});
  }
  return files;
}

Json hashes_by_name(const std::vector<WrittenFile>& files) {
  Json hashes = Json::object();
  for (const WrittenFile& file : files) {
    hashes[file.file.filename().string()] = file.sha256;
  }
  return hashes;
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

/// Of several files the hash is of the list of their names and hashes.
Artifact used_in_place(const Model& model, std::vector<WrittenFile> files) {
  Artifact artifact;
  artifact.path = files.size() == 1 ? files.front().file : model.folder / kShardIndexFile;
  artifact.sha256 = files.size() == 1 ? files.front().sha256 : sha256_hex(to_line(hashes_by_name(files)));
  for (const WrittenFile& file : files) {
    artifact.bytes += file.bytes;
  }
  artifact.reused = true;
  artifact.parts = std::move(files);
  return artifact;
}

Recipe recipe_of(const Model& model, std::string stem) {
  Recipe recipe;
  recipe.kind = "weights";
  recipe.stem = std::move(stem);
  recipe.extension = ".safetensors";
  recipe.key = Json{{"version", kWeightsVersion}, {"config", shape_of(model)}};
  recipe.details = details_of(model);
  return recipe;
}

/// One F32 file of a folder's weights. Until 0.1.0 every folder was converted; what a later version converts,
/// for backends that load such a file, has another name, so that it does not stand for the folder's files.
Recipe conversion_of(const Model& model, const std::vector<WrittenFile>& files, bool older) {
  Recipe recipe = recipe_of(model, older ? "converted" : "f32");
  recipe.key["files"] = hashes_by_name(files);
  if (!older) {
    recipe.key["format"] = "f32";
  }
  return recipe;
}

Artifact as_one_part(Artifact artifact) {
  artifact.parts = {{artifact.path, artifact.bytes, artifact.sha256}};
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
  const auto needs = protocol::needs_of(order.request.backend);
  const bool converted = std::any_of(needs.begin(), needs.end(), [](const protocol::Need& one) {
    return one.format == kWeightsFormat.name && one.dialect != kAsStored;
  });
  TRY_ASSIGN(made.artifact, converted ? order.store.canonical_weights(order.model, order.request.seed)
                                      : order.store.weights(order.model, order.request.seed));
  return made;
}

}  // namespace

const Format kWeightsFormat{"safetensors", no_inputs, make_weights};

Result<Artifact> ArtifactStore::weights(const Model& model, std::uint64_t seed) {
  if (model.seeded()) {
    Recipe recipe = recipe_of(model, fmt::format("seed{}", seed));
    recipe.key["seed"] = seed;
    recipe.make = [&](const std::filesystem::path& file) { return write_and_hash(model, seed, file); };
    TRY_ASSIGN(Artifact made, get_or_make(model, recipe));
    return as_one_part(std::move(made));
  }
  TRY_ASSIGN(const WeightSource source, as_usage(WeightSource::open(model.folder, model.config)));
  TRY_ASSIGN(std::vector<WrittenFile> files, as_usage(checked_files(source, hashes_)));
  if (!is_canonical(source)) {
    if (auto older = find(model, conversion_of(model, files, true))) {
      return as_one_part(std::move(*older));
    }
  }
  return used_in_place(model, std::move(files));
}

Result<Artifact> ArtifactStore::canonical_weights(const Model& model, std::uint64_t seed) {
  TRY_ASSIGN(Artifact stored, weights(model, seed));
  TRY_ASSIGN(const WeightSource source, WeightSource::open(stored.path, model.config));
  if (is_canonical(source)) {
    return stored;
  }
  Recipe recipe = conversion_of(model, stored.parts, false);
  recipe.make = [&](const std::filesystem::path& file) { return write_and_hash(model, seed, file); };
  TRY_ASSIGN(Artifact made, get_or_make(model, recipe));
  return as_one_part(std::move(made));
}

}  // namespace inferscale::artifact
