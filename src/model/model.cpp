#include "model/model.hpp"

#include <algorithm>

#include "core/usage.hpp"
#include "model/shard_index.hpp"

namespace inferscale::model {

namespace {

Result<WeightSource> open_checked(const Model& model) {
  TRY_ASSIGN(WeightSource source, WeightSource::open(model.folder, model.config));
  TRY(source.check_finite());
  return source;
}

}  // namespace

Result<WeightSource> open_weights(const Model& model) {
  return as_usage(open_checked(model));  // the folder is the caller's
}

std::string_view weights_origin(const Model& model) {
  if (model.seeded()) {
    return kRandomWeights;
  }
  const auto files = open_safetensors_files(model.folder);
  const bool ours = files && std::any_of(files->begin(), files->end(), [](const auto& file) {
                      return file->metadata().contains(kSeedNote);
                    });
  return ours ? kRandomWeights : kTrainedWeights;
}

Result<void> write_weights(const Model& model, std::uint64_t seed, const std::filesystem::path& file) {
  if (model.seeded()) {
    return write_seeded_weights(model.config, seed, file);
  }
  TRY_ASSIGN(const WeightSource source, open_weights(model));
  return write_weights_f32(source, file);
}

}  // namespace inferscale::model
