#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/verify.hpp"
#include "support/stored_weights.hpp"

namespace inferscale::test {

using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::HasSubstr;

const ExportSettings kBf16{Precision::bf16, GraphMode::prefill, protocol::LogitsScope::last};

TEST(Bf16Graph, PassesTheCheckerAndHasNormsInFp32) {
  const auto model = build_decoder(small_config(), kBf16);
  const auto verified = verify_graph(model);
  ASSERT_TRUE(verified) << verified.error().message;
  for (const auto& tensor : model.graph().initializer()) {
    if (is_streamed(tensor)) {
      const bool norm = tensor.name().find("ln_") != std::string::npos;
      EXPECT_EQ(tensor.data_type(), norm ? onnx::TensorProto::FLOAT : onnx::TensorProto::BFLOAT16)
          << tensor.name();
    }
  }
  EXPECT_EQ(model.graph().output(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
}

TEST(Bf16Graph, HasWeightsRoundedToTheNearest) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  ASSERT_TRUE(export_onnx(source, kBf16, folder / "model.onnx"));
  const auto model = read_model(folder / "model.onnx");
  int compared = 0;
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.name() != "h.0.mlp.c_fc.weight") {
      continue;
    }
    std::vector<std::uint16_t> halves(tensor.raw_data().size() / 2);
    std::memcpy(halves.data(), tensor.raw_data().data(), tensor.raw_data().size());
    for (const auto& spec : source.specs()) {
      if (spec.name == tensor.name()) {
        const auto floats = *source.view_f32(spec);
        ASSERT_EQ(floats.size(), halves.size());
        for (std::size_t i = 0; i < floats.size(); ++i) {
          const float back = model::bf16_to_float(halves[i]);
          ASSERT_LE(std::abs(back - floats[i]), std::abs(floats[i]) / 256) << i;
          ++compared;
        }
      }
    }
  }
  EXPECT_EQ(compared, 16 * 64);
}

/// A file of one value everywhere, but for one element of a matrix.
Result<ExportedGraph> export_with(const TemporaryFolder& folder, model::Dtype type, std::uint16_t or_half,
                                  float or_float, Precision precision) {
  const auto config = small_config();
  std::vector<model::TensorInfo> tensors;
  for (const auto& spec : model::tensors(config)) {
    tensors.push_back({spec.name, type, spec.shape});
  }
  TRY_ASSIGN(auto writer, model::SafetensorsWriter::create(folder / "w.safetensors", tensors, {}));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::vector<std::byte> bytes(writer.tensors()[i].bytes);
    if (tensors[i].name == "h.1.mlp.c_fc.weight") {
      if (type == model::Dtype::f32) {
        std::memcpy(bytes.data() + 7 * sizeof(float), &or_float, sizeof(float));
      } else {
        std::memcpy(bytes.data() + 7 * sizeof(or_half), &or_half, sizeof(or_half));
      }
    }
    TRY(writer.write(i, 0, bytes));
  }
  TRY(writer.finish());
  TRY_ASSIGN(const auto source, model::WeightSource::open(folder / "w.safetensors", config));
  return export_onnx(source, {precision, GraphMode::prefill, protocol::LogitsScope::all},
                     folder / "model.onnx");
}

TEST(HalfPrecision, OfAValueThatItCannotHoldNamesTensorAndElement) {
  const TemporaryFolder folder;
  const auto fp16 = export_with(folder, model::Dtype::bf16, 0x4780, 0, Precision::fp16);  // 65536
  ASSERT_FALSE(fp16);
  EXPECT_EQ(fp16.error().message,
            "tensor 'h.1.mlp.c_fc.weight' has the value 65536 at element 7, which fp16 (at most 65504) "
            "cannot hold");
  const auto bf16 =
      export_with(folder, model::Dtype::f32, 0, std::numeric_limits<float>::max(), Precision::bf16);
  ASSERT_FALSE(bf16);
  EXPECT_THAT(bf16.error().message, HasSubstr("at element 7, which bf16 (at most 3.39e38) cannot hold"));
  EXPECT_FALSE(std::filesystem::exists(folder / "model.onnx"));
  EXPECT_TRUE(export_with(folder, model::Dtype::bf16, 0x4780, 0, Precision::bf16));
}

}  // namespace
}  // namespace inferscale::test
