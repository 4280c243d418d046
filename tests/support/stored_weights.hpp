#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "model/weights.hpp"

namespace inferscale::test {

/// Writes a source's weights in another type (f32, f16 or bf16), with `prefix` before each name.
inline Result<void> write_as(const model::WeightSource& source, model::Dtype type,
                             const std::filesystem::path& file, const std::string& prefix = {}) {
  std::vector<model::TensorInfo> tensors;
  for (const auto& spec : source.specs()) {
    tensors.push_back({prefix + spec.name, type, spec.shape});
  }
  TRY_ASSIGN(auto writer, model::SafetensorsWriter::create(file, tensors, {}));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::vector<float> floats(static_cast<std::size_t>(*model::element_count(tensors[i].shape)));
    TRY(source.read_f32(source.specs()[i], floats));
    std::vector<std::uint16_t> halves(floats.size());
    convert_from_f32(type, floats, halves);
    TRY(writer.write(
        i, 0,
        type == model::Dtype::f32 ? std::as_bytes(std::span(floats)) : std::as_bytes(std::span(halves))));
  }
  return writer.finish();
}

}  // namespace inferscale::test
