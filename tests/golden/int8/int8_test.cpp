#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "artifact/backend_graph.hpp"
#include "client/worker_session.hpp"
#include "core/files.hpp"
#include "protocol/needs.hpp"
#include "support/load_request.hpp"
#include "support/temporary_folder.hpp"

// Calibration in the onnxruntime worker, and int8 graphs in every runtime that was built: on the small models
// of tests/golden/parity, whose weights are large and random.

namespace inferscale::test {

using namespace artifact;

namespace {

using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Le;

Clock::time_point in_two_minutes() {
  return Clock::now() + std::chrono::seconds(120);
}

const client::Registry& registry() {
  static const client::Registry found = [] {
    client::RegistryOptions options;
    options.folders = {INFERSCALE_BIN_DIR};
    options.hello_timeout_s = 120;
    return client::Registry::discover(options);
  }();
  return found;
}

model::Model folder_model(const std::string& name) {
  return *model::resolve_model(INFERSCALE_SOURCE_DIR "/tests/golden/parity/" + name);
}

class Int8Backends : public ::testing::Test {
 protected:
  void SetUp() override {
    runner_ = calibration_runner(registry());
    if (runner_.worker.empty()) {
      GTEST_SKIP() << "no onnxruntime worker: " << runner_.unavailable_because;
    }
  }

  Result<Artifact> calibrate_with(const model::Model& model, CalibrationSettings settings,
                                  std::uint64_t seed = 1) {
    ArtifactStore store(folder_.path());  // a new one forgets what it has verified
    TRY_ASSIGN(const Artifact weights, store.weights(model, seed));
    return calibrate(store, model, weights, random_samples(model, seed), settings, runner_);
  }

  static std::map<std::string, float> limits_of(const Result<Artifact>& artifact) {
    EXPECT_TRUE(artifact) << artifact.error().message;
    const auto limits = read_limits(artifact->path);
    EXPECT_TRUE(limits) << limits.error().message;
    return *limits;
  }

  TemporaryFolder folder_;
  CalibrationRunner runner_;
};

TEST_F(Int8Backends, CalibrationsAreFoundAgainAndOthersAreMade) {
  const auto model = folder_model("two-layers");
  const auto first = calibrate_with(model, {});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(first->reused);
  EXPECT_TRUE(calibrate_with(model, {})->reused);
  EXPECT_FALSE(calibrate_with(model, {}, 2)->reused) << "other samples";
  EXPECT_FALSE(calibrate_with(model, {CalibrationMethod::percentile, 99.9})->reused) << "another method";
  EXPECT_FALSE(calibrate_with(model, {CalibrationMethod::percentile, 99})->reused) << "another percentile";
  EXPECT_FALSE(calibrate_with(folder_model("three-layers"), {})->reused) << "another model";
  ASSERT_TRUE(write_file_atomic(first->path, "{}"));
  const auto again = calibrate_with(model, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->reused) << "it was altered";
  EXPECT_EQ(again->sha256, first->sha256);
  for (const auto& entry : std::filesystem::directory_iterator(first->path.parent_path())) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::Not(HasSubstr("observed")))
        << "a graph was left";
  }
}

TEST_F(Int8Backends, LimitsAreOrderedAndOfEveryActivation) {
  const auto model = folder_model("two-layers");
  const auto largest = limits_of(calibrate_with(model, {}));
  const auto percentile = limits_of(calibrate_with(model, {CalibrationMethod::percentile, 99}));
  const auto entropy = limits_of(calibrate_with(model, {CalibrationMethod::entropy, 0}));
  EXPECT_EQ(largest.size(), onnx_graph::quantized_activations(model.config, true).size());
  for (const auto& name : onnx_graph::quantized_activations(model.config, true)) {
    ASSERT_EQ(largest.count(name), 1U) << name;
    EXPECT_THAT(percentile.at(name), AllOf(Gt(0), Le(largest.at(name)))) << name;
    EXPECT_THAT(entropy.at(name), AllOf(Gt(0), Le(largest.at(name)))) << name;
  }
  EXPECT_LT(percentile.at("h.0.ln_1"), largest.at("h.0.ln_1"));
}

/// LayerNorm's output is known: its largest magnitude can be computed from what the model is.
TEST_F(Int8Backends, LimitsAreThoseOfTheTensors) {
  const auto model = model::resolve_model("gpt2:layers=1,hidden=2,heads=1,vocabulary=61,positions=8");
  const auto limits = limits_of(calibrate_with(*model, {}));
  EXPECT_NEAR(limits.at("h.0.ln_1"), 1, 0.05);  // two elements become 1 and -1
  EXPECT_NEAR(limits.at("ln_f"), 1, 0.05);
}

Result<void> load_graph(client::WorkerSession& session, const client::RegisteredBackend& backend,
                        const model::Model& model, const std::filesystem::path& graph) {
  TRY_ASSIGN(protocol::LoadRequest request, load_request_of(backend.info.name, model.config));
  request.artifact = graph;
  TRY(session.load(request, in_two_minutes()));
  return {};
}

/// Of the largest difference to what transformers computed, relative to the largest logit.
double difference_of(const client::RegisteredBackend& backend, const model::Model& model,
                     const std::filesystem::path& graph, const std::filesystem::path& folder,
                     const std::string& name) {
  const auto reference_folder = std::filesystem::path(INFERSCALE_SOURCE_DIR) / "tests/golden/parity" / name;
  const auto bytes = *read_file(reference_folder / "logits.f32");
  std::vector<float> expected(bytes.size() / sizeof(float));
  std::memcpy(expected.data(), bytes.data(), bytes.size());
  auto session = client::WorkerSession::start(backend.executable);
  EXPECT_TRUE(session);
  const auto loaded = load_graph(*session, backend, model, graph);
  EXPECT_TRUE(loaded) << loaded.error().message;
  double largest = 0;
  double difference = 0;
  const auto reference = read_json_file(reference_folder / "reference.json");
  EXPECT_TRUE(reference);
  for (const auto& one : reference->at("cases")) {
    const auto ids = one["ids"].get<std::vector<std::int32_t>>();
    const auto length = one["length"].get<std::size_t>();
    protocol::LogitsRequest request;
    request.file = folder / "logits";
    for (std::size_t row = 0; row < ids.size(); row += length) {
      const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(row);
      request.tokens.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
    }
    EXPECT_TRUE(session->logits(request, in_two_minutes()));
    const auto answer = *read_file(request.file);
    std::vector<float> computed(answer.size() / sizeof(float));
    std::memcpy(computed.data(), answer.data(), answer.size());
    const auto offset = one["offset"].get<std::size_t>();
    for (std::size_t i = 0; i < computed.size(); ++i) {
      const double due = expected.at(offset + i);
      largest = std::max(largest, std::abs(due));
      difference = std::max(difference, std::abs(static_cast<double>(computed[i]) - due));
      if (std::isnan(computed[i])) {
        return HUGE_VAL;
      }
    }
  }
  return difference / largest;
}

/// OpenVINO multiplies in fp32 what is no whole number of blocks. Such a graph must not pass for int8.
bool runs(const client::RegisteredBackend& backend, const std::string& form, const std::string& name) {
  return !(backend.info.name == "openvino-cpu-int8" && form == "blocks" && name == "odd-shape");
}

TEST_F(Int8Backends, OpenVinoRefusesBlocksThatAreNotWhole) {
  const auto* backend = registry().find("openvino-cpu-int8");
  if (backend == nullptr || !backend->available()) {
    GTEST_SKIP() << "no openvino-cpu-int8 here";
  }
  ArtifactStore store(folder_.path());
  const auto model = folder_model("odd-shape");
  GraphRequest request;
  request.backend = backend->info;
  request.options = Json{{"form", "blocks"}};
  const auto made = make_backend_graph(store, model, request);
  ASSERT_TRUE(made) << made.error().message;
  auto session = client::WorkerSession::start(backend->executable);
  ASSERT_TRUE(session) << session.error().message;
  const auto loaded = load_graph(*session, *backend, model, made->graph.path);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().outcome, Outcome::unsupported);
  EXPECT_THAT(loaded.error().message, HasSubstr("computes none of this graph's products in int8"));
}

TEST_F(Int8Backends, ComputeTheModel) {
  ArtifactStore store(folder_.path());
  std::size_t compared = 0;
  for (const auto& backend : registry().backends()) {
    if (backend.info.precision != "int8" || backend.info.device != "cpu" || !backend.available()) {
      continue;
    }
    for (const std::string& form : protocol::quantization_forms_of(backend.info)) {
      for (const bool head : {false, true}) {
        for (const char* name : {"two-layers", "odd-shape", "three-layers"}) {
          if (!runs(backend, form, name)) {
            continue;
          }
          const auto model = folder_model(name);
          GraphRequest request;
          request.backend = backend.info;
          request.options = Json{{"form", form}, {"quantize_head", head}};
          request.runner = runner_;
          const auto made = make_backend_graph(store, model, request);
          ASSERT_TRUE(made) << made.error().message;
          const double difference = difference_of(backend, model, made->graph.path, folder_.path(), name);
          EXPECT_LT(difference, 0.15) << backend.info.name << ' ' << request.options << ' ' << name;
          EXPECT_GT(difference, 1e-5) << "int8 cannot be that exact: " << backend.info.name << ' ' << name;
          ++compared;
        }
      }
    }
  }
  EXPECT_GE(compared, 18U) << "all forms of onnxruntime's";
}

TEST_F(Int8Backends, ACorpusShorterThanASampleIsNamed) {
  const std::filesystem::path tokenizer = INFERSCALE_TEST_DATA "/gpt2-tokenizer";
  if (!std::filesystem::exists(tokenizer)) {
    GTEST_SKIP() << "no " << tokenizer;
  }
  const auto model = *model::resolve_model("tiny-gpt2");
  ASSERT_TRUE(write_file_atomic(folder_ / "short.txt", "one line\n"));
  const auto samples = corpus_samples(model, folder_ / "short.txt", tokenizer);
  ASSERT_FALSE(samples);
  EXPECT_TRUE(samples.error().usage);
  EXPECT_THAT(samples.error().message, AllOf(HasSubstr("short.txt"), HasSubstr("fewer than one")));
  std::string text;
  for (int line = 0; line < 100; ++line) {
    text += "the quick brown fox jumps over the lazy dog\n\n";
  }
  ASSERT_TRUE(write_file_atomic(folder_ / "long.txt", text));
  const auto whole = corpus_samples(model, folder_ / "long.txt", tokenizer);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->tokens.size(), 7U);  // 900 tokens
  EXPECT_EQ(whole->tokens[0].size(), 128U);
  EXPECT_EQ(whole->source["corpus"], "long.txt");
}

}  // namespace
}  // namespace inferscale::test
