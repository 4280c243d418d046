#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "artifact/backend_graph.hpp"
#include "machine/cpus.hpp"
#include "study/exact_int8.hpp"
#include "study/study_backend.hpp"
#include "support/temporary_folder.hpp"

// int8 products against exact integer arithmetic, in every runtime that was built: on this processor as it
// is, and with OpenVINO held to AVX2, whose kernels saturate on any processor.

namespace inferscale::test {

using namespace artifact;
using namespace study;

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kExact = 1e-3;  // of the largest logit

client::Registry discover() {
  client::RegistryOptions options;
  options.folders = {INFERSCALE_BIN_DIR};
  options.hello_timeout_s = 120;
  return client::Registry::discover(options);
}

StudyBackend study_backend_of(const client::RegisteredBackend& found) {
  StudyBackend backend;
  backend.info = found.info;
  backend.runtime_version = found.runtime_version;
  backend.worker = found.executable;
  return backend;
}

model::Model parity_model(const std::string& name) {
  return *model::resolve_model(INFERSCALE_SOURCE_DIR "/tests/golden/parity/" + name);
}

class Exactness : public ::testing::Test {
 protected:
  void SetUp() override {
    settings_.plan = &plan_;
    settings_.cpus = *machine::choose_cpus(0);
    settings_.cancelled = [] { return false; };
    settings_.executor = &client::local_executor();
  }

  /// Of the first block, at these options, as the quality check has it. `run_as`: the backend that runs the
  /// graph, if not the one that it is made for.
  record::QualityResult measure(const client::Registry& registry, const client::RegisteredBackend& found,
                                const model::Model& model, const Json& options,
                                const std::string& run_as = {}) {
    StudyBackend backend = study_backend_of(found);
    backend.info.name = run_as.empty() ? found.info.name : run_as;
    ArtifactStore store(folder_.path());
    GraphRequest request;
    request.backend = found.info;
    request.options = options;
    request.runner = calibration_runner(registry);
    const auto made = make_backend_graph(store, model, request);
    const auto weights = store.weights(model, 0);
    record::QualityResult result;
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_TRUE(weights);
    if (!made || !weights) {
      return result;
    }
    Inputs inputs;
    inputs.artifact = made->graph.path;
    inputs.weights = weights->path;
    inputs.quantization = made->quantization;
    const auto exact = choose_exact(registry);
    EXPECT_TRUE(exact);
    ask_for_exactness(result, backend, exact, inputs);
    EXPECT_TRUE(result.figures.wants_exactness);
    const auto figures = measure_exactness(model, backend, *exact, inputs, settings_, folder_ / "scratch");
    EXPECT_TRUE(figures) << figures.error().message;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "scratch"));
    if (figures) {
      result.figures.exactness = *figures;
    }
    result.figures.parity = record::ParityFigures{};  // which another test is about
    result.verdict = record::judge(result.figures, protocol::named_precision("int8"));
    return result;
  }

  TemporaryFolder folder_;
  record::Plan plan_;
  RepetitionSettings settings_;
};

TEST_F(Exactness, OfEveryInt8BackendOnThisProcessor) {
  const client::Registry registry = discover();
  std::size_t compared = 0;
  for (const auto& backend : registry.backends()) {
    if (backend.info.precision != "int8" || backend.info.device != "cpu" || !backend.available()) {
      continue;
    }
    for (const char* form : {"dynamic", "qdq"}) {
      if (form == std::string_view("dynamic") && backend.info.name != "onnxruntime-cpu-int8") {
        continue;
      }
      for (const bool head : {false, true}) {
        for (const char* name : {"two-layers", "odd-shape", "three-layers", "relu", "exact-gelu", "opt"}) {
          const Json options{{"form", form}, {"quantize_head", head}};
          const auto result = measure(registry, backend, parity_model(name), options);
          ASSERT_TRUE(result.figures.exactness);
          EXPECT_LE(result.figures.exactness->largest_relative_difference, kExact)
              << backend.info.name << ' ' << options << ' ' << name;
          EXPECT_EQ(result.verdict.gate, record::Gate::passed) << result.verdict.reason;
          ++compared;
        }
      }
    }
  }
  if (compared == 0) {
    GTEST_SKIP() << "no int8 backend of a CPU is available";
  }
}

/// Workers have this process' environment. OpenVINO 2026.4.1 that is held to AVX2 on a processor with AVX-512
/// crashes, in fp32 too, where a width is no multiple of 16: these models' are.
class LimitedOpenVino : public Exactness {
 protected:
  void SetUp() override {
    Exactness::SetUp();
    ::setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    registry_ = discover();
    int8_ = registry_->find("openvino-cpu-int8");
    if (int8_ == nullptr || int8_->executable.empty() || !choose_exact(*registry_)) {
      GTEST_SKIP() << "no OpenVINO worker";
    }
    if (calibration_runner(*registry_).worker.empty()) {
      GTEST_SKIP() << "no onnxruntime worker to calibrate with";
    }
  }
  void TearDown() override { ::unsetenv("ONEDNN_MAX_CPU_ISA"); }

  /// The worker refuses openvino-cpu-int8 here; openvino-cpu runs the same graph with the same kernels.
  record::QualityResult measure_limited(const model::Model& model, const Json& options) {
    return measure(*registry_, *int8_, model, options, "openvino-cpu");
  }

  std::optional<client::Registry> registry_;
  const client::RegisteredBackend* int8_ = nullptr;
};

TEST_F(LimitedOpenVino, IsNotOfferedAndSaysWhy) {
  EXPECT_FALSE(int8_->available());
  EXPECT_THAT(int8_->info.unavailable_because, HasSubstr("slower than its fp32"));
  EXPECT_EQ(int8_->info.weight_bits, 7);
  EXPECT_THAT(registry_->find("openvino-cpu-bf16")->info.unavailable_because, HasSubstr("no bf16"));
}

TEST_F(LimitedOpenVino, SaturatesWithWeightsOf8BitsAndTheGateSaysSo) {
  const auto result = measure_limited(parity_model("two-layers"), Json{{"weight_bits", 8}});
  ASSERT_TRUE(result.figures.exactness);
  EXPECT_GT(result.figures.exactness->largest_relative_difference, 100 * kExact);
  EXPECT_EQ(result.verdict.gate, record::Gate::failed);
  EXPECT_THAT(result.verdict.reason,
              AllOf(HasSubstr("not exact"), HasSubstr("no VNNI"), HasSubstr("weight_bits")));
}

TEST_F(LimitedOpenVino, IsExactWithWeightsOf7Bits) {
  const auto wider = *model::resolve_model("gpt2:layers=1,hidden=64,heads=2,vocabulary=301,positions=64");
  for (const model::Model& model : {parity_model("two-layers"), wider}) {
    const auto result = measure_limited(model, Json::object());
    ASSERT_TRUE(result.figures.exactness);
    EXPECT_LE(result.figures.exactness->largest_relative_difference, kExact) << model.name;
    EXPECT_EQ(result.verdict.gate, record::Gate::passed) << result.verdict.reason;
  }
}

}  // namespace
}  // namespace inferscale::test
