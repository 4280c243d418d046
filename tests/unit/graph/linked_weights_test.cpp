#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include "core/linked_file.hpp"
#include "exported.hpp"
#include "support/stored_weights.hpp"

// Graphs whose weights lie in the safetensors files.

namespace inferscale::test {

using namespace model;
using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::HasSubstr;

class LinkedWeights : public ::testing::Test {
 protected:
  /// The graph of weights that are stored in one type, at a precision; links_ counts the files it points to.
  onnx::ModelProto exported(Dtype stored, Precision precision) {
    const auto file = folder_ / "stored.safetensors";
    const auto written = write_as(seeded_, stored, file);
    EXPECT_TRUE(written) << written.error().message;
    source_.emplace(*WeightSource::open(file, small_config()));
    ExportSettings settings;
    settings.precision = precision;
    links_ = 0;
    const LinkWeights link = [&](const std::filesystem::path& linked) -> Result<std::string> {
      ++links_;
      TRY(link_or_copy(linked, folder_ / "beside.safetensors"));
      return std::string("beside.safetensors");
    };
    const auto made = export_onnx(*source_, settings, folder_ / "model.onnx", {kMaxSingleFileBytes, link});
    EXPECT_TRUE(made) << made.error().message;
    return read_model(folder_ / "model.onnx");
  }

  /// The bytes of a weight that points to a file.
  std::string pointed_bytes(const onnx::TensorProto& tensor) const {
    std::map<std::string, std::string> place;
    for (const auto& entry : tensor.external_data()) {
      place[entry.key()] = entry.value();
    }
    const auto file = read_file(folder_ / place["location"]);
    return file ? file->substr(std::stoull(place["offset"]), std::stoull(place["length"])) : "no file";
  }

  /// Checks every pointer against the source; the number of them.
  int check_pointers(const onnx::ModelProto& model) const {
    int pointers = 0;
    for (const auto& tensor : model.graph().initializer()) {
      if (tensor.data_location() != onnx::TensorProto::EXTERNAL) {
        continue;
      }
      ++pointers;
      for (const auto& spec : source_->specs()) {
        if (spec.name == tensor.name()) {
          const auto raw = source_->raw(spec);
          EXPECT_TRUE(pointed_bytes(tensor) ==
                      std::string(reinterpret_cast<const char*>(raw.data()), raw.size()))
              << spec.name;
        }
      }
    }
    return pointers;
  }

  TemporaryFolder folder_, seeded_folder_;
  WeightSource seeded_ = seeded_source(seeded_folder_, small_config());
  std::optional<WeightSource> source_;
  int links_ = 0;
};

TEST_F(LinkedWeights, OfTheGraphsTypeAreNotWritten) {
  const auto model = exported(Dtype::f32, Precision::fp32);
  EXPECT_EQ(links_, 1);
  EXPECT_EQ(check_pointers(model), static_cast<int>(source_->specs().size()));
  onnx::checker::check_model((folder_ / "model.onnx").string());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "model.onnx.data"));
}

TEST_F(LinkedWeights, ThatAGraphNeedsInFp32AreConverted) {
  for (const auto& [stored, precision] :
       {std::pair{Dtype::f16, Precision::fp16}, {Dtype::bf16, Precision::bf16}}) {
    const auto model = exported(stored, precision);
    const int pointers = check_pointers(model);
    int floats = 0;
    for (const auto& tensor : model.graph().initializer()) {
      const bool held = tensor.data_type() == onnx::TensorProto::FLOAT && tensor.has_raw_data();
      floats += held ? 1 : 0;
      EXPECT_TRUE(!held || tensor.name().find("ln_") != std::string::npos) << tensor.name();
    }
    EXPECT_EQ(floats, 10) << "weights and biases of five norms";
    EXPECT_EQ(pointers + floats, static_cast<int>(source_->specs().size()));
  }
}

TEST_F(LinkedWeights, OfAnotherTypeAreWrittenAndNothingIsLinked) {
  EXPECT_EQ(check_pointers(exported(Dtype::bf16, Precision::fp32)), 0);
  EXPECT_EQ(links_, 0);
  EXPECT_EQ(check_pointers(exported(Dtype::f32, Precision::fp16)), 0);
  EXPECT_EQ(links_, 0);
}

TEST_F(LinkedWeights, WhoseLinkFailsLeaveNoGraph) {
  const auto made =
      export_onnx(seeded_, {}, folder_ / "model.onnx",
                  {kMaxSingleFileBytes,
                   [](const std::filesystem::path&) -> Result<std::string> { return fail("no link"); }});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("no link"));
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

}  // namespace
}  // namespace inferscale::test
