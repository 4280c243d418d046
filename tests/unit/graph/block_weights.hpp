#pragma once

#include <algorithm>
#include <map>
#include <span>

#include "exported.hpp"
#include "graph/quantize_blocks.hpp"
#include "onnx/quantization.hpp"

namespace inferscale::test {

/// Exports the small model at these settings: its projections must be stored as quantize_blocks() makes them,
/// and not besides.
inline void expect_stored_blocks(const onnx_graph::ExportSettings& settings, int bits) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  const auto made = graph::export_onnx(source, settings, folder / "model.onnx");
  ASSERT_TRUE(made) << made.error().message;
  const auto model = read_model(folder / "model.onnx");
  std::map<std::string, std::string> stored;
  for (const auto& tensor : model.graph().initializer()) {
    stored[tensor.name()] = tensor.raw_data();
  }
  int checked = 0;
  for (const auto& spec : source.specs()) {
    if (!is_projection(spec)) {
      continue;
    }
    const auto expected = graph::quantize_blocks(spec, *source.view_f32(spec), bits);
    ASSERT_TRUE(expected);
    const auto bytes_of = [](const auto& values) {
      const auto bytes = std::as_bytes(std::span(values));
      std::string text(bytes.size(), '\0');
      std::transform(bytes.begin(), bytes.end(), text.begin(),
                     [](std::byte one) { return static_cast<char>(one); });
      return text;
    };
    EXPECT_EQ(stored[onnx_graph::block_values_name(spec.name, bits)], bytes_of(expected->values));
    EXPECT_EQ(stored[onnx_graph::block_scales_name(spec.name, bits)], bytes_of(expected->scales));
    EXPECT_EQ(stored[onnx_graph::int4_zero_points_name(spec.name)], bytes_of(expected->zero_points))
        << "none at 8 bits";
    EXPECT_FALSE(stored.contains(spec.name));
    ++checked;
  }
  EXPECT_EQ(checked, 8);
}

}  // namespace inferscale::test
