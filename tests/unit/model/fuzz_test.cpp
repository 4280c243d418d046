// Deterministic mutation fuzzing: a few thousand broken files, the same ones on every run. Each is either
// read, and then consistent, or refused with a message that names the file. Under AddressSanitizer this finds
// reads outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <random>

#include "core/files.hpp"
#include "family/families.hpp"
#include "family/ladder.hpp"
#include "model/safetensors.hpp"
#include "model/weights.hpp"
#include "safetensors_support.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::model {
namespace {
using testing::HasSubstr;

/// Breaks text at one to four places: flips bits, cuts, repeats, and puts in what parsers dislike.
class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutate(std::string text) {
    const std::size_t times = 1 + below(4);
    for (std::size_t i = 0; i < times && !text.empty(); ++i) {
      mutate_once(text);
    }
    return text;
  }
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

 private:
  void mutate_once(std::string& text) {
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << below(8)));
        break;
      case 1:
        text[at] = static_cast<char>(below(256));
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.erase(at, 1 + below(16));
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), 1 + below(64)));
        break;
      default:
        text.insert(at, kTokens.at(below(kTokens.size())));
    }
  }

  static constexpr std::array<const char*, 22> kTokens{"\"",
                                                       "{",
                                                       "}",
                                                       "[",
                                                       "]",
                                                       ",",
                                                       ":",
                                                       "-1",
                                                       "0",
                                                       "1e308",
                                                       "1e999",
                                                       "null",
                                                       "true",
                                                       "\\",
                                                       "\\u0000",
                                                       "\xff",
                                                       "\xed\xa0\x80",
                                                       "18446744073709551616",
                                                       "9223372036854775807",
                                                       "\"F32\"",
                                                       "\"data_offsets\":[0,4],",
                                                       "NaN"};
  std::mt19937 random_;
};

/// A small model's file: what the mutations start from.
std::string seeded_file(const DecoderSpec& config, const std::filesystem::path& file) {
  EXPECT_TRUE(write_seeded_weights(config, 0, file));
  return *read_file(file);
}

void expect_consistent(const SafetensorsFile& file) {
  unsigned sum = 0;
  for (const TensorInfo& tensor : file.tensors()) {
    EXPECT_EQ(*byte_count(tensor.dtype, tensor.shape), tensor.bytes);
    const auto data = file.data(tensor);
    sum = std::accumulate(data.begin(), data.end(), sum,
                          [](unsigned total, std::byte b) { return total + std::to_integer<unsigned>(b); });
  }
  EXPECT_GE(sum, 0U);  // the sum is there to touch every byte
}

TEST(Fuzz, SafetensorsFiles) {
  const test::TemporaryFolder folder;
  const auto config = *parse_model_name("gpt2:layers=1,hidden=2,heads=1,vocabulary=3,positions=2");
  const std::string whole = seeded_file(config, folder / "good.safetensors");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, whole.data(), sizeof header_bytes);
  const std::string header = whole.substr(8, header_bytes);
  const std::string data = whole.substr(8 + header_bytes);
  const auto file = folder / "fuzzed.safetensors";
  Mutator mutator(20261124);
  int refused = 0;
  constexpr int kCases = 4000;
  for (int i = 0; i < kCases; ++i) {
    // Half of the cases keep the length right, so that the JSON inside is reached.
    test::write_bytes(
        file, i % 2 == 0 ? mutator.mutate(whole) : test::safetensors_bytes(mutator.mutate(header), data));
    const auto opened = SafetensorsFile::open(file);
    const auto source = WeightSource::open(file, config);
    if (opened) {
      expect_consistent(*opened);
    } else {
      ASSERT_THAT(opened.error().message, HasSubstr(file.string()));
    }
    if (source) {
      const auto finite = source->check_finite();
      ASSERT_TRUE(finite || finite.error().message.find(file.string()) != std::string::npos);
    } else {
      ++refused;
      ASSERT_THAT(source.error().message, HasSubstr(file.string()));
      ASSERT_LT(source.error().message.size(), 1000U);
    }
  }
  EXPECT_GT(refused, kCases / 2);
  EXPECT_LT(refused, kCases);  // flips in the data are weights like any other
}

template <class Read>
void fuzz_text(const std::string& text, const std::filesystem::path& file, unsigned seed, Read read) {
  Mutator mutator(seed);
  int refused = 0;
  constexpr int kCases = 3000;
  for (int i = 0; i < kCases; ++i) {
    test::write_bytes(file, mutator.mutate(text));
    const Result<void> result = read();
    if (!result) {
      ++refused;
      ASSERT_THAT(result.error().message, HasSubstr(file.parent_path().string()));
      ASSERT_LT(result.error().message.size(), 1500U);
    }
  }
  EXPECT_GT(refused, kCases / 4);
}

TEST(Fuzz, HuggingFaceConfig) {
  const test::TemporaryFolder folder;
  const auto file = folder / "config.json";
  const std::string text =
      R"({"model_type":"gpt2","architectures":["GPT2LMHeadModel"],"n_layer":1,"n_embd":2,"n_head":1,)"
      R"("n_positions":2,"vocab_size":3,"n_inner":null,"layer_norm_epsilon":1e-05,)"
      R"("activation_function":"gelu_new","scale_attn_weights":true,"tie_word_embeddings":true})";
  test::write_bytes(file, text);
  ASSERT_TRUE(read_hugging_face_config(file));
  fuzz_text(text, file, 1, [&]() -> Result<void> {
    TRY_ASSIGN(const DecoderSpec config, read_hugging_face_config(file));
    EXPECT_TRUE(validate(config));
    EXPECT_GT(parameter_count(config), 0);
    return {};
  });
}

TEST(Fuzz, ShardIndex) {
  const test::TemporaryFolder folder;
  const auto config = *parse_model_name("gpt2:layers=1,hidden=2,heads=1,vocabulary=3,positions=2");
  seeded_file(config, folder / "model-00001-of-00001.safetensors");
  std::string map;
  for (const Tensor& spec : tensors(config)) {
    map += fmt::format("{}\"{}\":\"model-00001-of-00001.safetensors\"", map.empty() ? "" : ",", spec.name);
  }
  const std::string text = fmt::format(R"({{"metadata":{{"total_size":264}},"weight_map":{{{}}}}})", map);
  const auto file = folder / "model.safetensors.index.json";
  test::write_bytes(file, text);
  ASSERT_TRUE(WeightSource::open(folder.path(), config));
  fuzz_text(text, file, 2, [&]() -> Result<void> {
    TRY_ASSIGN(const WeightSource source, WeightSource::open(folder.path(), config));
    return source.check_finite();
  });
}

}  // namespace
}  // namespace inferscale::model
