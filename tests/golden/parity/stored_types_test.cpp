#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/linked_file.hpp"
#include "family/ladder.hpp"
#include "graph/export.hpp"
#include "graph/quantize_blocks.hpp"
#include "graph_logits.hpp"
#include "model/weights.hpp"
#include "support/stored_weights.hpp"
#include "support/temporary_folder.hpp"

// Graphs that point into the weights' own files, and graphs with weights of 4 bits, in the runtimes that were
// built.

namespace inferscale::test {

using namespace model;
using namespace onnx_graph;

namespace {

const std::vector<std::vector<std::int32_t>> kIds{{3, 1, 4, 1, 5, 9, 2, 6}, {5, 3, 5, 8, 9, 7, 9, 3}};

class StoredTypes : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const client::Registry registry = built_workers();
    const auto* backend = registry.find(GetParam());
    ASSERT_NE(backend, nullptr);
    if (!backend->available()) {
      GTEST_SKIP() << GetParam() << ": " << backend->info.unavailable_because;
    }
    backend_ = *backend;
  }

  /// The seeded weights stored in a type; `nearest_int4`: each block of a projection holds what 4 bits can.
  WeightSource stored_as(Dtype type, bool nearest_int4 = false) {
    const auto seeded = folder_ / "seeded.safetensors";
    EXPECT_TRUE(write_seeded_weights(config_, 118, seeded));
    const auto source = WeightSource::open(seeded, config_);
    const auto file = folder_ / "weights" / "model.safetensors";
    const auto written = nearest_int4 ? write_int4(*source, file) : write_as(*source, type, file);
    EXPECT_TRUE(written) << written.error().message;
    return std::move(*WeightSource::open(file, config_));
  }

  static Result<void> write_int4(const WeightSource& source, const std::filesystem::path& file) {
    std::vector<TensorInfo> tensors;
    for (const Tensor& spec : source.specs()) {
      tensors.push_back({spec.name, Dtype::f32, spec.shape});
    }
    TRY_ASSIGN(auto writer, SafetensorsWriter::create(file, tensors, {}));
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const Tensor& spec = source.specs()[i];
      const auto view = *source.view_f32(spec);
      std::vector<float> values(view.begin(), view.end());
      if (is_projection(spec)) {  // [in, out], whose inputs are whole blocks
        TRY_ASSIGN(const auto blocks, graph::quantize_blocks(spec, values, onnx_graph::kInt4Bits));
        const auto outputs = static_cast<std::size_t>(spec.shape[1]);
        const auto inputs = static_cast<std::size_t>(spec.shape[0]);
        for (std::size_t place = 0; place < values.size(); ++place) {
          const std::size_t at = place % outputs * inputs + place / outputs;
          const unsigned value = blocks.values[at / 2] >> (at % 2 * 4) & 15U;
          const std::size_t block = at / onnx_graph::kBlock;
          const std::size_t in_output = block % (inputs / onnx_graph::kBlock);
          const std::size_t pairs = (inputs / onnx_graph::kBlock + 1) / 2;
          const unsigned zero_point =
              blocks.zero_points[place % outputs * pairs + in_output / 2] >> (in_output % 2 * 4) & 15U;
          values[place] = (static_cast<float>(value) - static_cast<float>(zero_point)) * blocks.scales[block];
        }
      }
      TRY(writer.write(i, 0, std::as_bytes(std::span(values))));
    }
    return writer.finish();
  }

  std::vector<float> logits(const std::filesystem::path& graph) {
    auto computed = run(graph);
    EXPECT_TRUE(computed) << computed.error().message;
    return computed ? std::move(*computed) : std::vector<float>();
  }

  Result<std::vector<float>> run(const std::filesystem::path& graph) {
    return logits_of_graph(backend_, graph, config_, kIds);
  }

  std::filesystem::path exported(const WeightSource& source, Precision precision, const char* name,
                                 const LinkWeights& link = {}) {
    ExportSettings settings;
    settings.precision = precision;
    const auto made =
        graph::export_onnx(source, settings, folder_ / "graphs" / name, {kMaxSingleFileBytes, link});
    EXPECT_TRUE(made) << made.error().message;
    return folder_ / "graphs" / name;
  }

  TemporaryFolder folder_;
  DecoderSpec config_ = *parse_model_name("gpt2:layers=2,hidden=64,heads=2,vocabulary=61,positions=32");
  client::RegisteredBackend backend_;
};

TEST_P(StoredTypes, LinkedWeightsGiveTheLogitsOfCopiedOnes) {
  for (const auto& [type, precision] :
       {std::pair{Dtype::f32, Precision::fp32}, {Dtype::f16, Precision::fp16}}) {
    const WeightSource source = stored_as(type);
    const auto copied = logits(exported(source, precision, "copied.onnx"));
    int links = 0;
    const auto linked =
        logits(exported(source, precision, "linked.onnx", [&](const auto& file) -> Result<std::string> {
          ++links;
          TRY(link_or_copy(file, folder_ / "graphs" / "beside.safetensors"));
          return std::string("beside.safetensors");
        }));
    EXPECT_EQ(links, 1);
    ASSERT_EQ(linked.size(), 16U * 61U);
    EXPECT_TRUE(linked == copied);
  }
}

/// Weights that 4 bits hold exactly differ by what activations of 8 bits cost, and by nothing else.
TEST_P(StoredTypes, Int4GraphsComputeTheSameModel) {
  const WeightSource source = stored_as(Dtype::f32, true);
  const auto exact = logits(exported(source, Precision::fp32, "fp32.onnx"));
  const auto int4 = logits(exported(source, Precision::int4, "int4.onnx"));
  EXPECT_LE(relative_difference(exact, int4), 0.03F);
}

TEST_P(StoredTypes, Bf16GraphsComputeTheSameModel) {
  if (std::string_view(GetParam()) == "onnxruntime-cpu") {
    GTEST_SKIP() << "ONNX Runtime has no bf16 kernels for CPUs";
  }
  const WeightSource source = stored_as(Dtype::bf16);
  const auto exact = logits(exported(source, Precision::fp32, "fp32.onnx"));
  const auto bf16 = logits(exported(source, Precision::bf16, "bf16.onnx"));
  EXPECT_LE(relative_difference(exact, bf16), 0.03F);
}

INSTANTIATE_TEST_SUITE_P(Runtimes, StoredTypes, ::testing::Values("onnxruntime-cpu", "openvino-cpu"),
                         [](const auto& backend) {
                           return std::string(backend.param).substr(0, std::string(backend.param).find('-'));
                         });

}  // namespace
}  // namespace inferscale::test
