#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/sha256.hpp"
#include "family/ladder.hpp"
#include "model/weights.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::model {
namespace {

std::vector<float> read_all(const WeightSource& source, const Tensor& spec) {
  std::vector<float> values(static_cast<std::size_t>(*element_count(spec.shape)));
  EXPECT_TRUE(source.read_f32(spec, values));
  return values;
}

TEST(SeededWeights, AreReadBackUnderCanonicalNames) {
  const test::TemporaryFolder folder;
  const DecoderSpec config = *parse_model_name("tiny-gpt2");
  ASSERT_TRUE(write_seeded_weights(config, 0, folder / "w.safetensors"));
  const auto source = WeightSource::open(folder / "w.safetensors", config);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->specs().size(), 2 + 12 * 2 + 2U);
  for (const Tensor& spec : source->specs()) {
    const auto values = read_all(*source, spec);
    const auto view = source->view_f32(spec);
    ASSERT_TRUE(view);
    EXPECT_TRUE(std::equal(values.begin(), values.end(), view->begin(), view->end()));
    if (spec.shape.size() == 1) {
      const bool norm =
          spec.name.find("ln_") != std::string::npos && spec.name.find(".weight") != std::string::npos;
      EXPECT_THAT(values, testing::Each(norm ? 1.0F : 0.0F)) << spec.name;
    } else {
      EXPECT_THAT(values, testing::Contains(testing::Not(testing::AnyOf(0.0F, 1.0F)))) << spec.name;
    }
  }
  EXPECT_TRUE(source->check_finite());
}

TEST(SeededWeights, AreTheSameBytesForEveryNumberOfThreads) {
  const test::TemporaryFolder folder;
  const DecoderSpec config =
      *parse_model_name("gpt2:layers=2,hidden=160,heads=4,vocabulary=5003,positions=64");
  std::string first;
  for (const int threads : {1, 2, 7}) {
    ASSERT_TRUE(write_seeded_weights(config, 5, folder / "w.safetensors", threads));
    const std::string digest = *sha256_file(folder / "w.safetensors");
    first = first.empty() ? digest : first;
    EXPECT_EQ(digest, first) << threads;
  }
}

/// What the bytes must be on every machine; made by this program, checked against an independent
/// implementation (NumPy and SciPy's ndtri: the largest difference is one rounding of a float).
TEST(SeededWeights, AreTheSameBytesOnEveryMachine) {
  struct Golden {
    const char* model;
    std::uint64_t seed;
    const char* sha256;
  };
  const test::TemporaryFolder folder;
  for (const Golden& golden :
       {Golden{"tiny-gpt2", 0U, "81421462dbed54f508f3fda71c5ce4b9891e814edefd42778a034ccab71820e0"},
        Golden{"tiny-gpt2", 1U, "0c4907c7f24e24fae543c98c526209536f3c956cd674a4f4ddbf898868e578c8"},
        Golden{"tiny-gpt2", 18446744073709551615U,
               "e65a6111af32b8dca1f2b9dc015cd54a0313a5d55e1a6f9d3dcfaf7b126f55cc"},
        Golden{"gpt2:layers=7,hidden=60,heads=10,vocabulary=97,positions=33", 42U,
               "2c2ab5dc5c18359956ea4966991066c1f3f22462d4904bb5db42d52bfd5801ee"},
        Golden{"gpt2-5m", 0U, "8f1bf0c7d6a773f95a7da903955cceca66af156f531f576e838e4c9c3996581e"}}) {
    ASSERT_TRUE(write_seeded_weights(*parse_model_name(golden.model), golden.seed, folder / "w.safetensors"));
    EXPECT_EQ(*sha256_file(folder / "w.safetensors"), golden.sha256)
        << golden.model << " seed " << golden.seed;
  }
}

TEST(SeededWeights, RefuseAShapeThatIsNone) {
  const test::TemporaryFolder folder;
  DecoderSpec config = ladder().front();
  config.heads = 3;
  EXPECT_THAT(write_seeded_weights(config, 0, folder / "w").error().message,
              testing::HasSubstr("model 'tiny-gpt2': heads must"));
}

}  // namespace
}  // namespace inferscale::model
