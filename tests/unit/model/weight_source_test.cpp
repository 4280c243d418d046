#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "core/files.hpp"
#include "family/ladder.hpp"
#include "model/weights.hpp"
#include "safetensors_support.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::model {
namespace {
using testing::AllOf;
using testing::HasSubstr;

/// One tensor of a file to write: `bytes` as they will be stored.
struct StoredTensor {
  TensorInfo info;
  std::vector<std::byte> bytes;
};

class WeightSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = folder_ / "seeded.safetensors";
    ASSERT_TRUE(write_seeded_weights(config_, 3, file));
    const auto seeded = SafetensorsFile::open(file);
    ASSERT_TRUE(seeded);
    for (const TensorInfo& tensor : seeded->tensors()) {
      const auto data = seeded->data(tensor);
      tensors_.push_back({tensor, {data.begin(), data.end()}});
    }
    std::filesystem::remove(file);
  }

  StoredTensor& tensor(std::string_view name) {
    return *std::find_if(tensors_.begin(), tensors_.end(),
                         [&](const auto& t) { return t.info.name == name; });
  }
  void add(const std::string& name, Dtype dtype, std::vector<std::int64_t> shape) {
    const std::uint64_t bytes = *byte_count(dtype, shape);
    tensors_.push_back({{name, dtype, std::move(shape)}, std::vector<std::byte>(bytes)});
  }
  void remove(std::string_view name) { tensors_.erase(tensors_.begin() + (&tensor(name) - tensors_.data())); }
  /// Writes tensors [from, to) to a file of the folder.
  void write(const std::string& name, std::size_t from, std::size_t to) {
    std::vector<TensorInfo> infos;
    for (std::size_t i = from; i < to; ++i) {
      infos.push_back(tensors_[i].info);
    }
    auto writer = SafetensorsWriter::create(folder_ / name, infos, {});
    ASSERT_TRUE(writer) << writer.error().message;
    for (std::size_t i = from; i < to; ++i) {
      ASSERT_TRUE(writer->write(i - from, 0, tensors_[i].bytes));
    }
    ASSERT_TRUE(writer->finish());
  }
  void write_whole() { write("model.safetensors", 0, tensors_.size()); }
  Result<WeightSource> open() { return WeightSource::open(folder_.path(), config_); }
  std::string error() {
    write_whole();
    const auto source = open();
    EXPECT_FALSE(source);
    const std::string message = source ? std::string() : source.error().message;
    EXPECT_THAT(message, HasSubstr((folder_ / "model.safetensors").string()));
    return message;
  }

  test::TemporaryFolder folder_;
  const DecoderSpec config_ =
      *parse_model_name("gpt2:layers=2,hidden=4,heads=2,vocabulary=7,positions=5,inner=6");
  std::vector<StoredTensor> tensors_;
};

TEST_F(WeightSourceTest, AnUntiedHeadIsATensorOfItsOwn) {
  DecoderSpec untied = config_;
  untied.tied_head = false;
  write_whole();
  EXPECT_THAT(WeightSource::open(folder_.path(), untied).error().message,
              HasSubstr("tensor 'lm_head.weight' is missing"));
  add("lm_head.weight", Dtype::f32, {7, 4});
  write_whole();
  const auto source = WeightSource::open(folder_.path(), untied);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->specs().back().role, Role::head);
}

TEST_F(WeightSourceTest, TakesNamesWithThePrefixAndIgnoresMaskBuffers) {
  for (StoredTensor& stored : tensors_) {
    stored.info.name = "transformer." + stored.info.name;
  }
  add("transformer.h.0.attn.bias", Dtype::boolean, {1, 1, 5, 5});
  add("h.1.attn.masked_bias", Dtype::f32, {});
  write_whole();
  const auto source = open();
  ASSERT_TRUE(source) << source.error().message;
  std::vector<float> values(4);
  EXPECT_TRUE(source->read_f32({"ln_f.weight", {4}}, values));
  EXPECT_THAT(values, testing::Each(1.0F));
  values.resize(3);
  EXPECT_THAT(source->read_f32({"ln_f.weight", {4}}, values).error().message,
              HasSubstr("there is room for 3"));
}

TEST_F(WeightSourceTest, RefusesWhatIsNoTensorOfThisModel) {
  add("h.2.attn.bias", Dtype::boolean, {1, 1, 5, 5});  // a mask buffer, but of a layer that is not there
  EXPECT_THAT(error(), HasSubstr("tensor 'h.2.attn.bias' is not part of this GPT-2 (2 layers)"));
  tensors_.back().info.name = "h.00.attn.bias";
  EXPECT_THAT(error(), HasSubstr("tensor 'h.00.attn.bias' is not part"));
  tensors_.back().info.name = "score.weight";
  EXPECT_THAT(error(), HasSubstr("tensor 'score.weight' is not part"));
}

TEST_F(WeightSourceTest, NamesWhatIsMissingMisshapenOrOfAWrongDtype) {
  tensor("h.1.ln_2.bias").info.shape = {2, 2};
  EXPECT_THAT(error(), HasSubstr("tensor 'h.1.ln_2.bias' has shape [2, 2], but the model's is [4]"));
  tensor("h.1.ln_2.bias").info.shape = {4};
  tensor("h.1.ln_2.bias").info.dtype = Dtype::i32;
  EXPECT_THAT(error(),
              HasSubstr("tensor 'h.1.ln_2.bias' has dtype I32, but weights must be F32, F16 or BF16"));
  remove("h.1.ln_2.bias");
  EXPECT_THAT(error(), HasSubstr("tensor 'h.1.ln_2.bias' is missing"));
}

TEST_F(WeightSourceTest, RefusesATensorUnderBothItsNames) {
  add("transformer.ln_f.bias", Dtype::f32, {4});
  EXPECT_THAT(error(), HasSubstr("ln_f.bias' appears twice"));
}

TEST_F(WeightSourceTest, TakesATiedHeadAndRefusesAnUntiedOne) {
  StoredTensor head = tensor("wte.weight");
  head.info.name = "lm_head.weight";
  tensors_.push_back(head);
  write_whole();
  EXPECT_TRUE(open());
  tensors_.back().bytes[5] ^= std::byte{1};
  EXPECT_THAT(error(), AllOf(HasSubstr("tensor 'lm_head.weight' differs from wte.weight"),
                             HasSubstr("tie_word_embeddings")));
}

TEST_F(WeightSourceTest, TakesAHeadInPlaceOfTheEmbedding) {
  tensor("wte.weight").info.name = "lm_head.weight";  // what safetensors' save_model leaves of the two
  const auto expected = tensor("lm_head.weight").bytes;
  write_whole();
  const auto source = open();
  ASSERT_TRUE(source) << source.error().message;
  const auto raw = source->raw({"wte.weight", {7, 4}});
  EXPECT_TRUE(std::equal(raw.begin(), raw.end(), expected.begin(), expected.end()));
}

TEST_F(WeightSourceTest, ConvertsHalfPrecisionAndHasNoFloatViewOfIt) {
  StoredTensor& norm = tensor("ln_f.bias");
  const std::array<std::uint16_t, 4> halves{0x3C00, 0xBE00, 0x0000, 0x7BFF};
  norm.info.dtype = Dtype::f16;
  norm.bytes.resize(sizeof halves);
  std::memcpy(norm.bytes.data(), halves.data(), sizeof halves);
  write_whole();
  const auto source = open();
  ASSERT_TRUE(source) << source.error().message;
  const Tensor spec{"ln_f.bias", {4}};
  EXPECT_EQ(source->dtype("ln_f.bias"), Dtype::f16);
  EXPECT_FALSE(source->view_f32(spec));
  EXPECT_TRUE(source->view_f32({"wpe.weight", {5, 4}}));
  std::vector<float> values(4);
  ASSERT_TRUE(source->read_f32(spec, values));
  EXPECT_THAT(values, testing::ElementsAre(1.0F, -1.5F, 0.0F, 65504.0F));
  // Converted to one F32 file, the source reads the same.
  ASSERT_TRUE(write_weights_f32(*source, folder_ / "converted.safetensors"));
  const auto converted = WeightSource::open(folder_ / "converted.safetensors", config_);
  ASSERT_TRUE(converted) << converted.error().message;
  for (const Tensor& each : source->specs()) {
    std::vector<float> before(static_cast<std::size_t>(*element_count(each.shape)));
    ASSERT_TRUE(source->read_f32(each, before));
    const auto after = converted->view_f32(each);
    ASSERT_TRUE(after);
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after->begin(), after->end())) << each.name;
  }
}

TEST_F(WeightSourceTest, ReadsUnalignedFloatsWithoutAView) {
  write_whole();
  std::string bytes = *read_file(folder_ / "model.safetensors");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  // One more space of padding moves the data to an odd address.
  test::write_bytes(
      folder_ / "model.safetensors",
      test::safetensors_bytes(bytes.substr(8, header_bytes) + " ", bytes.substr(8 + header_bytes)));
  const auto source = open();
  ASSERT_TRUE(source) << source.error().message;
  const Tensor spec{"wpe.weight", {5, 4}};
  EXPECT_FALSE(source->view_f32(spec));
  std::vector<float> values(20);
  ASSERT_TRUE(source->read_f32(spec, values));
  EXPECT_EQ(std::memcmp(values.data(), tensor("wpe.weight").bytes.data(), sizeof(float) * values.size()), 0);
  EXPECT_TRUE(source->check_finite());
}

TEST_F(WeightSourceTest, CheckFiniteNamesTheTensorAndTheElement) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::memcpy(tensor("h.1.attn.c_proj.weight").bytes.data() + 3 * sizeof(float), &infinity, sizeof infinity);
  write_whole();
  const auto source = open();
  ASSERT_TRUE(source);
  EXPECT_THAT(
      source->check_finite().error().message,
      AllOf(HasSubstr("model.safetensors: tensor 'h.1.attn.c_proj.weight'"), HasSubstr("at element 3")));
}

class ShardsTest : public WeightSourceTest {
 protected:
  void SetUp() override {
    WeightSourceTest::SetUp();
    write("a.safetensors", 0, 10);
    write("b.safetensors", 10, tensors_.size());
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      index_["weight_map"][tensors_[i].info.name] = i < 10 ? "a.safetensors" : "b.safetensors";
    }
  }
  Result<WeightSource> open_index() {
    test::write_bytes(folder_ / "model.safetensors.index.json", to_pretty(index_));
    return open();
  }
  std::string index_error() {
    const auto source = open_index();
    EXPECT_FALSE(source);
    return source ? std::string() : source.error().message;
  }
  Json index_ = {{"metadata", {{"total_size", 1}}}, {"weight_map", Json::object()}};
};

TEST_F(ShardsTest, AreReadThroughTheirIndex) {
  const auto source = open_index();
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->files().size(), 2U);
  for (const StoredTensor& stored : tensors_) {
    const auto raw = source->raw({stored.info.name, stored.info.shape});
    EXPECT_TRUE(std::equal(raw.begin(), raw.end(), stored.bytes.begin(), stored.bytes.end()))
        << stored.info.name;
  }
  EXPECT_TRUE(WeightSource::open(folder_ / "model.safetensors.index.json", config_));
}

TEST_F(ShardsTest, RefuseAnIndexThatIsNotTrue) {
  auto& map = index_["weight_map"];
  map["ln_f.bias"] = "a.safetensors";
  EXPECT_THAT(index_error(),
              HasSubstr("a.safetensors: no tensor 'ln_f.bias', which model.safetensors.index.json"));
  map.erase("ln_f.bias");
  EXPECT_THAT(index_error(), HasSubstr("b.safetensors: tensor 'ln_f.bias' is not listed"));
  map["ln_f.bias"] = "c.safetensors";
  EXPECT_THAT(index_error(), AllOf(HasSubstr("c.safetensors"), HasSubstr("No such file")));
}

TEST_F(ShardsTest, StayInsideTheFolder) {
  for (const char* name : {"../b.safetensors", "/etc/passwd", "", ".", "..", "sub/b.safetensors"}) {
    index_["weight_map"]["ln_f.bias"] = name;
    EXPECT_THAT(index_error(),
                AllOf(HasSubstr("tensor 'ln_f.bias'"), HasSubstr("not the name of a file beside")));
  }
  index_["weight_map"]["ln_f.bias"] = 3;
  EXPECT_THAT(index_error(), HasSubstr("tensor 'ln_f.bias' must have a file name"));
  index_["weight_map"] = Json::object();
  EXPECT_THAT(index_error(), HasSubstr("lists no tensor"));
  index_ = Json::object();
  EXPECT_THAT(index_error(), HasSubstr("object 'weight_map'"));
}

}  // namespace
}  // namespace inferscale::model
