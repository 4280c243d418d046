#include "model/weights.hpp"

namespace inferscale::model {

std::vector<TensorSpec> tensor_specs(const ModelConfig& config) {
  const std::int64_t d = config.hidden;
  const std::int64_t inner = inner_size(config);
  std::vector<TensorSpec> specs{{"wte.weight", {config.vocabulary, d}},
                                {"wpe.weight", {config.positions, d}}};
  const auto norm = [&](const std::string& name) {
    specs.push_back({name + ".weight", {d}});
    specs.push_back({name + ".bias", {d}});
  };
  const auto projection = [&](const std::string& name, std::int64_t in, std::int64_t out) {
    specs.push_back({name + ".weight", {in, out}});
    specs.push_back({name + ".bias", {out}});
  };
  for (int layer = 0; layer < config.layers; ++layer) {
    const std::string block = fmt::format("h.{}.", layer);
    norm(block + "ln_1");
    projection(block + "attn.c_attn", d, 3 * d);
    projection(block + "attn.c_proj", d, d);
    norm(block + "ln_2");
    projection(block + "mlp.c_fc", d, inner);
    projection(block + "mlp.c_proj", inner, d);
  }
  norm("ln_f");
  return specs;
}

}  // namespace inferscale::model
