#include "quality/parity.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "record/gates.hpp"
#include "record/quality_result.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::quality {

using namespace record;

namespace {

using ::testing::HasSubstr;

StreamLogits random_logits(std::uint64_t seed, double scale, int positions = 40, int vocabulary = 500) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(3 * scale, scale);
  StreamLogits stream;
  stream.positions = positions;
  stream.vocabulary = vocabulary;
  for (int i = 0; i < positions * vocabulary; ++i) {
    stream.values.push_back(static_cast<float>(normal(random)));
  }
  return stream;
}

GateVerdict verdict_of(const QualityFigures& figures, const char* precision) {
  return judge(figures, protocol::named_precision(precision));
}

QualityFigures with_parity(const ParityFigures& parity) {
  QualityFigures figures;
  figures.parity = parity;
  return figures;
}

TEST(ParityStream, IsTheSameEverywhereAndFitsTheModel) {
  const auto stream = parity_stream(61, 1024);
  ASSERT_EQ(stream.size(), 4U);
  EXPECT_EQ(stream[0].size(), 24U);
  EXPECT_EQ(stream, parity_stream(61, 1024));
  EXPECT_NE(stream[0], stream[1]);
  for (const auto& ids : parity_stream(7, 5)) {
    ASSERT_EQ(ids.size(), 5U);
    for (const std::int32_t id : ids) {
      EXPECT_TRUE(id >= 0 && id < 7);
    }
  }
}

TEST(CompareLogits, OfTheSameLogitsIsZero) {
  const auto logits = random_logits(1, 2.0);
  const auto parity = compare_logits(logits, logits);
  EXPECT_EQ(parity.largest_difference, 0);
  EXPECT_EQ(parity.largest_relative_difference, 0);
  EXPECT_EQ(parity.relative_error, 0);
  EXPECT_EQ(parity.mean_kl, 0);
  EXPECT_EQ(parity.top1_agreement, 1);
}

TEST(CompareLogits, DoesNotSeeAConstantAddedToAPosition) {
  const auto reference = random_logits(1, 2.0);
  auto shifted = reference;
  for (float& logit : shifted.values) {
    logit += 1.0F;
  }
  const auto parity = compare_logits(reference, shifted);
  EXPECT_NEAR(parity.largest_difference, 1, 1e-5);  // the plain difference does
  EXPECT_LT(parity.relative_error, 1e-6);
  EXPECT_LT(parity.mean_kl, 1e-9);
  EXPECT_EQ(parity.top1_agreement, 1);
}

TEST(CompareLogits, GivesTheDivergenceOfTwoKnownDistributions) {
  StreamLogits p{{std::log(0.5F), std::log(0.25F), std::log(0.25F)}, 1, 3};
  StreamLogits q{{std::log(0.25F), std::log(0.5F), std::log(0.25F)}, 1, 3};
  const auto parity = compare_logits(p, q);
  EXPECT_NEAR(parity.mean_kl, 0.25 * std::log(2.0), 1e-7);
  EXPECT_EQ(parity.top1_agreement, 0);
  EXPECT_NEAR(parity.largest_difference, std::log(2.0), 1e-6);
  EXPECT_NEAR(parity.largest_relative_difference, 0.5, 1e-6);  // ln 2 over ln 4
}

/// However small the logits are: KL alone would call unrelated functions equal.
TEST(CompareLogits, TellsAnotherFunctionAtEveryScale) {
  for (const double scale : {1e-3, 0.03, 1.0, 30.0}) {
    const auto parity = compare_logits(random_logits(1, scale), random_logits(2, scale));
    EXPECT_NEAR(parity.relative_error, std::sqrt(2.0), 0.05);
    for (const char* precision : {"fp32", "tf32", "fp16", "bf16", "int8"}) {
      EXPECT_EQ(verdict_of(with_parity(parity), precision).gate, Gate::failed)
          << precision << " at " << scale;
    }
  }
}

TEST(CompareLogits, OfAReferenceThatIsAllAlikeStaysANumber) {
  auto constant = random_logits(1, 1);
  std::fill(constant.values.begin(), constant.values.end(), 0.0F);
  const auto parity = compare_logits(constant, random_logits(2, 1));
  EXPECT_TRUE(std::isfinite(parity.relative_error));
  EXPECT_TRUE(std::isfinite(parity.largest_relative_difference));
  EXPECT_EQ(verdict_of(with_parity(parity), "int8").gate, Gate::failed);
}

TEST(Gates, ParityCountsAndTheFirstFailureIsTheReason) {
  ParityFigures parity;
  parity.relative_error = 5e-5;
  EXPECT_EQ(verdict_of(with_parity(parity), "fp32").gate, Gate::passed);
  parity.mean_kl = 0.02;
  EXPECT_THAT(verdict_of(with_parity(parity), "fp32").reason, HasSubstr("KL divergence"));
  EXPECT_EQ(verdict_of(with_parity(parity), "fp16").gate, Gate::passed);
  parity.relative_error = 0.06;
  EXPECT_THAT(verdict_of(with_parity(parity), "fp16").reason, HasSubstr("relative error"));
  EXPECT_EQ(verdict_of(with_parity(parity), "int8").gate, Gate::passed);
  parity.relative_error = std::nan("");
  EXPECT_EQ(verdict_of(with_parity(parity), "int8").gate, Gate::failed);
  EXPECT_THAT(verdict_of(with_parity({}), "fp8").reason, HasSubstr("no gate for precision 'fp8'"));
}

TEST(Gates, Tf32IsNotFp32) {
  ParityFigures parity;
  parity.relative_error = 8.4e-4;  // gpt2 with TF32 on an H200, ONNX Runtime and TensorRT alike
  EXPECT_EQ(verdict_of(with_parity(parity), "fp32").gate, Gate::failed);
  EXPECT_EQ(verdict_of(with_parity(parity), "tf32").gate, Gate::passed);
}

TEST(Gates, PerplexityIsHeldToThePrecisionsLimit) {
  const auto gate = [](double change, const char* precision) {
    return judge_perplexity(30 * (1 + change), 30, protocol::named_precision(precision)).gate;
  };
  EXPECT_EQ(gate(0.0099, "fp32"), Gate::passed);
  EXPECT_EQ(gate(0.0101, "fp32"), Gate::failed);
  EXPECT_EQ(gate(-0.0101, "tf32"), Gate::failed);  // better is another function, too
  EXPECT_EQ(gate(0.049, "fp16"), Gate::passed);
  EXPECT_EQ(gate(0.051, "fp16"), Gate::failed);
  EXPECT_EQ(gate(0.099, "int8"), Gate::passed);
  EXPECT_EQ(gate(-0.101, "int8"), Gate::failed);
  EXPECT_EQ(gate(std::nan(""), "int8"), Gate::failed);
}

TEST(Gates, NoResultIsNotMeasuredAWrongOneFailsAndNoReferenceIsNotChecked) {
  QualityFigures figures;
  figures.parity_error = "crash: it ended";
  EXPECT_EQ(verdict_of(figures, "fp32").gate, Gate::not_measured);
  EXPECT_THAT(verdict_of(figures, "fp32").reason, HasSubstr("crash: it ended"));
  figures = with_parity({});
  figures.wants_perplexity = true;
  figures.perplexity_error = "invalid_output: NaN";
  EXPECT_THAT(verdict_of(figures, "fp32").reason, HasSubstr("invalid_output: NaN"));
  EXPECT_EQ(verdict_of(figures, "fp32").gate, Gate::failed);
  figures.perplexity_error = "timeout: it gave no answer";
  EXPECT_EQ(verdict_of(figures, "fp32").gate, Gate::not_measured);
  figures.perplexity.emplace();
  figures.perplexity->figures.perplexity = 30;
  EXPECT_EQ(verdict_of(figures, "fp32").gate, Gate::not_checked);
  figures.reference_perplexity = 30;
  EXPECT_EQ(verdict_of(figures, "fp32").gate, Gate::passed);
}

TEST(QualityFile, KeepsEverything) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(read_quality(folder.path())->empty());
  QualityResult result;
  result.model = "tiny-gpt2";
  result.backend = "openvino-cpu";
  result.precision = "fp32";
  result.reference = "onnxruntime-cpu";
  result.inputs["corpus_sha256"] = "abc";
  result.figures = with_parity({96, 1e-5, 1e-6, 1e-7, 1e-13, 0.5});
  result.figures.wants_perplexity = true;
  result.figures.perplexity = PerplexityRun{{10, 30.5, -3.4, 2.0, -15, -0.01}, 3, 1.5, 1.25};
  result.figures.reference_perplexity = 30.25;
  result.verdict = {Gate::failed, "because"};
  QualityResult none;
  none.model = "other";
  none.backend = "b";
  none.figures.parity_error = "timeout: it gave no answer";
  ASSERT_TRUE(write_quality(folder.path(), {result, none}));
  const auto read = read_quality(folder.path());
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(to_json((*read)[0]), to_json(result));
  EXPECT_EQ(to_json((*read)[1]), to_json(none));
}

/// int8 on a CPU: products that are not exact fail, whatever parity and perplexity say.
TEST(Gates, Int8ProductsMustBeExact) {
  QualityFigures figures;
  figures.parity = ParityFigures{};
  figures.wants_exactness = true;
  figures.exactness_error = "crash: it died";
  EXPECT_THAT(verdict_of(figures, "int8").reason, HasSubstr("exact integer arithmetic: crash: it died"));
  EXPECT_EQ(verdict_of(figures, "int8").gate, Gate::not_measured);
  figures.exactness = ParityFigures{};
  for (const double error : {0.0, 0.0099}) {
    figures.exactness->relative_error = error;
    EXPECT_EQ(verdict_of(figures, "int8").gate, Gate::passed) << error;
  }
  for (const double error : {0.011, std::nan("")}) {
    figures.exactness->relative_error = error;
    EXPECT_EQ(verdict_of(figures, "int8").gate, Gate::failed) << error;
    EXPECT_THAT(verdict_of(figures, "int8").reason, Not(HasSubstr("VNNI")));
  }
  figures.may_saturate = true;
  EXPECT_THAT(verdict_of(figures, "int8").reason, HasSubstr("no VNNI"));
}

}  // namespace
}  // namespace inferscale::quality
