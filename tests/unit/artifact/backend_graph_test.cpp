#include "artifact/backend_graph.hpp"

#include <gmock/gmock.h>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::artifact {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const protocol::BackendInfo kOnnxRuntime{"onnxruntime-cpu-int8", "cpu", "int8", "onnx", "int8", ""};
const protocol::BackendInfo kOpenVino{"openvino-cpu-int8", "cpu", "int8", "onnx", "int8", ""};
const protocol::BackendInfo kInt4{"onnxruntime-cpu-int4", "cpu", "int4", "onnx", "int4", ""};
const protocol::BackendInfo kTensorRt{"tensorrt-int8", "cuda", "int8", "engine", "int8", ""};
const protocol::BackendInfo kFloats{"openvino-cpu", "cpu", "fp32", "onnx", "fp32", ""};

std::string refusal(const protocol::BackendInfo& backend, const Json& options) {
  const auto choice = quantization_choice(backend, options);
  EXPECT_FALSE(choice) << options;
  EXPECT_TRUE(choice || choice.error().usage);
  return choice ? "" : choice.error().message;
}

TEST(QuantizationChoice, DefaultsToWhatTheBackendRunsFastest) {
  EXPECT_EQ(quantization_choice(kOnnxRuntime, Json::object())->form, onnx_graph::QuantizationForm::dynamic);
  EXPECT_EQ(quantization_choice(kOpenVino, Json::object())->form, onnx_graph::QuantizationForm::qdq);
  EXPECT_TRUE(quantization_choice(kOpenVino, Json::object())->head);
  EXPECT_TRUE(quantization_choice(kInt4, Json::object())->head);
  EXPECT_FALSE(quantization_choice(kInt4, Json{{"quantize_head", false}})->head);
  EXPECT_FALSE(quantization_choice(kTensorRt, Json::object())->head);
}

TEST(QuantizationChoice, ReadsThePlansOptions) {
  const auto choice = quantization_choice(
      kOnnxRuntime,
      Json{{"form", "qdq"}, {"quantize_head", true}, {"calibration", "percentile"}, {"percentile", 99.9}});
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(choice->form, onnx_graph::QuantizationForm::qdq);
  EXPECT_TRUE(choice->head);
  EXPECT_EQ(choice->calibration.method, CalibrationMethod::percentile);
  EXPECT_EQ(choice->calibration.percentile, 99.9);
}

TEST(QuantizationChoice, NamesWhatIsWrong) {
  EXPECT_THAT(refusal(kOnnxRuntime, Json{{"form", "static"}}), AllOf(HasSubstr("form"), HasSubstr("static")));
  EXPECT_THAT(refusal(kOpenVino, Json{{"form", "dynamic"}}),
              HasSubstr("openvino-cpu-int8 runs \"qdq\" only, not \"dynamic\""));
  EXPECT_THAT(refusal(kOpenVino, Json{{"calibration", "luck"}}), HasSubstr("luck"));
  EXPECT_THAT(refusal(kOpenVino, Json{{"percentile", 101}}), HasSubstr("percentile"));
  EXPECT_THAT(refusal(kFloats, Json{{"quantize_head", true}}), HasSubstr("this backend's are fp32"));
  EXPECT_THAT(refusal(kInt4, Json{{"form", "dynamic"}}), HasSubstr("this backend's are int4"));
}

TEST(QuantizationChoice, OfBlocksNeedsNoCalibrationAndIsNeverNarrow) {
  protocol::BackendInfo backend = kOnnxRuntime;
  backend.quantization_forms = {"dynamic", "qdq", "blocks"};
  backend.weight_bits = 7;
  const auto choice = quantization_choice(backend, Json{{"form", "blocks"}});
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(choice->form, onnx_graph::QuantizationForm::blocks);
  EXPECT_EQ(choice->weight_bits, 8);
  EXPECT_TRUE(choice->head);
  EXPECT_THAT(refusal(backend, Json{{"form", "blocks"}, {"weight_bits", 7}}),
              HasSubstr("'weight_bits' is for the forms"));
  EXPECT_THAT(refusal(backend, Json{{"form", "blocks"}, {"calibration", "max"}}), HasSubstr("'calibration'"));
}

TEST(QuantizationChoice, IsBlocksForGatedMlpsUnlessAnOptionIsAboutWholeScales) {
  protocol::BackendInfo backend = kOnnxRuntime;
  backend.quantization_forms = {"dynamic", "qdq", "blocks"};
  model::DecoderSpec spec;
  spec.hidden = 64;
  spec.heads = 4;
  spec.inner = 96;
  const auto form = [&](const protocol::BackendInfo& of, const Json& options) {
    return quantization_choice(of, options, &spec)->form;
  };
  EXPECT_EQ(form(backend, Json::object()), onnx_graph::QuantizationForm::dynamic);
  spec.mlp.gated = true;
  EXPECT_EQ(form(backend, Json::object()), onnx_graph::QuantizationForm::blocks);
  EXPECT_EQ(form(backend, Json{{"quantize_head", false}}), onnx_graph::QuantizationForm::blocks);
  EXPECT_EQ(form(backend, Json{{"form", "dynamic"}}), onnx_graph::QuantizationForm::dynamic);
  EXPECT_EQ(form(backend, Json{{"weight_bits", 7}}), onnx_graph::QuantizationForm::dynamic);
  EXPECT_EQ(form(kOnnxRuntime, Json::object()), onnx_graph::QuantizationForm::dynamic) << "an older worker";
  EXPECT_EQ(form(kOpenVino, Json::object()), onnx_graph::QuantizationForm::qdq) << "an older worker";
  for (int* width : {&spec.inner, &spec.hidden, &spec.head_size}) {
    model::DecoderSpec whole = spec;
    *width = 36;
    EXPECT_EQ(form(backend, Json::object()), onnx_graph::QuantizationForm::dynamic) << "part of a block";
    spec = whole;
  }
}

TEST(QuantizationChoice, TensorRtsOwnCalibratorReplacesOurScales) {
  const auto choice = quantization_choice(kTensorRt, Json{{"calibrator", "entropy2"}});
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(choice->calibrator, "entropy2");
  EXPECT_EQ(quantization_choice(kTensorRt, Json::object())->calibrator, "");
  EXPECT_THAT(refusal(kTensorRt, Json{{"calibrator", "luck"}}), HasSubstr("luck"));
  EXPECT_THAT(refusal(kTensorRt, Json{{"calibrator", 2}}), HasSubstr("not 2"));
  EXPECT_THAT(refusal(kTensorRt, Json{{"calibrator", "minmax"}, {"quantize_head", true}}),
              HasSubstr("leave one out"));
  EXPECT_THAT(refusal(kOpenVino, Json{{"calibrator", "minmax"}}), HasSubstr("for tensorrt-int8"));
  EXPECT_THAT(refusal(kFloats, Json{{"calibrator", "minmax"}}), HasSubstr("for tensorrt-int8"));
  EXPECT_TRUE(worker_options(Json{{"calibrator", "minmax"}}).contains("calibrator"));
}

TEST(QuantizationChoice, LeavesTheWorkersOptionsToTheWorker) {
  const Json options{{"form", "qdq"}, {"session.intra_op.allow_spinning", "0"}, {"quantize_head", false}};
  EXPECT_EQ(worker_options(options), (Json{{"session.intra_op.allow_spinning", "0"}}));
  EXPECT_TRUE(quantization_choice(kFloats, Json{{"session.intra_op.allow_spinning", "0"}}));
}

class Samples : public ::testing::Test {
 protected:
  model::Model model_ = *model::resolve_model("gpt2:layers=1,hidden=8,heads=1,vocabulary=300,positions=16");
  test::TemporaryFolder folder_;
};

TEST_F(Samples, AtRandomAreTheSameForASeed) {
  const auto samples = random_samples(model_, 7);
  ASSERT_EQ(samples.tokens.size(), 64U);
  EXPECT_EQ(samples.tokens[0].size(), 16U);  // the model has no more positions
  EXPECT_EQ(samples.tokens, random_samples(model_, 7).tokens);
  EXPECT_NE(samples.tokens, random_samples(model_, 8).tokens);
  EXPECT_EQ(samples.source["source"], "random token ids");
  for (const auto& tokens : samples.tokens) {
    EXPECT_THAT(tokens, ::testing::Each(AllOf(::testing::Ge(0), ::testing::Lt(300))));
  }
}

TEST_F(Samples, OfACorpusNeedATokenizer) {
  ASSERT_TRUE(write_file_atomic(folder_ / "corpus", "text"));
  const auto samples = corpus_samples(model_, folder_ / "corpus", "");
  ASSERT_FALSE(samples);
  EXPECT_TRUE(samples.error().usage);
  EXPECT_THAT(samples.error().message, HasSubstr("--tokenizer"));
}

TEST(Calibration, WithoutItsWorkerIsUnsupported) {
  const test::TemporaryFolder folder;
  ArtifactStore store(folder.path());
  GraphRequest request;
  request.backend = kOpenVino;
  request.runner.unavailable_because = "not installed";
  const auto model = model::resolve_model("gpt2:layers=1,hidden=8,heads=1,vocabulary=30,positions=16");
  const auto made = make_backend_graph(store, *model, request);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().outcome, Outcome::unsupported);
  EXPECT_THAT(made.error().message, HasSubstr("not installed"));
}

}  // namespace
}  // namespace inferscale::artifact
