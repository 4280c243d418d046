#include "model/model.hpp"

namespace inferscale::model {

Result<WeightSource> open_weights(const Model& model) {
  TRY_ASSIGN(WeightSource source, WeightSource::open(model.folder, model.config));
  TRY(source.check_finite());
  return source;
}

Result<void> write_weights(const Model& model, std::uint64_t seed, const std::filesystem::path& file) {
  if (model.seeded()) {
    return write_seeded_weights(model.config, seed, file);
  }
  TRY_ASSIGN(const WeightSource source, open_weights(model));
  return write_weights_f32(source, file);
}

}  // namespace inferscale::model
