#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "artifact/store.hpp"
#include "client/registry.hpp"
#include "client/worker_session.hpp"
#include "core/files.hpp"
#include "graph_logits.hpp"
#include "support/load_request.hpp"
#include "support/temporary_folder.hpp"

// The graphs of models with seeded weights compute what transformers computes from the same weights:
// seeded.json, made by make_reference.py. (The folder models beside it are for the conformance suite.)

namespace inferscale::test {

using namespace onnx_graph;
using namespace protocol;

namespace {

/// Of the largest difference, relative to the largest logit.
double tolerance_of(Precision precision) {
  return precision == Precision::fp16 ? 5e-3 : 1e-4;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();  ///< what a NaN counts as

Clock::time_point in_two_minutes() {
  return Clock::now() + std::chrono::seconds(120);
}

using Sequences = std::vector<std::vector<std::int32_t>>;

/// The largest difference of the samples; `last`: of those at the last position, which is all there is.
double largest_difference(const Json& one, const std::vector<float>& logits, const std::vector<int>& shape,
                          bool last) {
  const auto length = one["ids"][0].size();
  double difference = 0;
  for (const auto& sample : one["samples"]) {
    auto position = sample[1].get<std::size_t>();
    if (last) {
      if (position + 1 != length) {
        continue;
      }
      position = 0;
    }
    const auto row = sample[0].get<std::size_t>() * static_cast<std::size_t>(shape[1]) + position;
    const auto index = row * static_cast<std::size_t>(shape[2]) + sample[2].get<std::size_t>();
    const double apart = std::abs(static_cast<double>(logits.at(index)) - sample[3].get<double>());
    difference = std::isnan(apart) ? kInfinity : std::max(difference, apart);
  }
  return difference;
}

double largest_of(const std::vector<float>& values) {
  double largest = 0;
  for (const float value : values) {
    largest = std::isnan(value) ? kInfinity : std::max(largest, std::abs(static_cast<double>(value)));
  }
  return largest;
}

class Parity : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const client::Registry registry = built_workers();
    const auto* backend = registry.find(GetParam());
    ASSERT_NE(backend, nullptr);
    if (!backend->available()) {
      GTEST_SKIP() << GetParam() << ": " << backend->info.unavailable_because;
    }
    backend_ = *backend;
    const auto reference = read_json_file(INFERSCALE_SOURCE_DIR "/tests/golden/parity/seeded.json");
    ASSERT_TRUE(reference) << reference.error().message;
    reference_ = *reference;
  }

  /// A worker with the reference's model loaded.
  Result<client::WorkerSession> start(const Json& expected, LogitsScope scope, Precision precision) {
    TRY_ASSIGN(const model::Model model, model::resolve_model(expected["model"].get<std::string>()));
    const auto seed = expected["seed"].get<std::uint64_t>();
    TRY_ASSIGN(const artifact::Artifact weights, store_.weights(model, seed));
    if (weights.sha256 != expected["weights_sha256"].get<std::string>()) {
      return fail("the weights of '{}' are not those of the reference", model.name);
    }
    const ExportSettings settings{precision, GraphMode::prefill, scope};
    TRY_ASSIGN(const artifact::Artifact graph, store_.onnx_graph(model, seed, settings));
    TRY_ASSIGN(LoadRequest request, load_request_of(backend_.info.name, model.config));
    request.artifact = graph.path;
    request.weights = weights.path;
    request.logits = scope;
    request.seed = seed;
    TRY_ASSIGN(client::WorkerSession session, client::WorkerSession::start(backend_.executable));
    TRY(session.load(request, in_two_minutes()));
    return session;
  }

  /// Row-major [batch, positions, vocabulary], and that shape.
  Result<std::vector<float>> logits(client::WorkerSession& session, const Sequences& ids,
                                    std::vector<int>& shape) {
    TRY_ASSIGN(const LogitsReply reply, session.logits({ids, folder_ / "logits"}, in_two_minutes()));
    shape = reply.shape;
    TRY_ASSIGN(const std::string bytes, read_file(folder_ / "logits"));
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  }

  /// Runs every case of every model and compares what comes back.
  void compare(LogitsScope scope, Precision precision) {
    for (const auto& expected : reference_["models"]) {
      SCOPED_TRACE(expected["model"].get<std::string>());
      auto session = start(expected, scope, precision);
      ASSERT_TRUE(session) << session.error().message;
      for (const auto& one : expected["cases"]) {
        const auto ids = one["ids"].get<Sequences>();
        std::vector<int> shape;
        const auto computed = logits(*session, ids, shape);
        ASSERT_TRUE(computed) << computed.error().message;
        ASSERT_EQ(shape.size(), 3U);
        EXPECT_EQ(shape[0], static_cast<int>(ids.size()));
        EXPECT_EQ(shape[1], scope == LogitsScope::last ? 1 : static_cast<int>(ids[0].size()));
        const double largest = one["largest"].get<double>();
        const double limit = tolerance_of(precision) * largest;
        EXPECT_LE(largest_difference(one, *computed, shape, scope == LogitsScope::last), limit);
        if (scope == LogitsScope::all) {
          EXPECT_NEAR(largest_of(*computed), largest, limit);
        }
      }
    }
  }

  TemporaryFolder folder_;
  artifact::ArtifactStore store_{folder_.path()};
  client::RegisteredBackend backend_;
  Json reference_;
};

TEST_P(Parity, AllLogitsAreThoseOfTransformers) {
  compare(LogitsScope::all, Precision::fp32);
}

TEST_P(Parity, LastLogitsAreThoseOfTheLastPosition) {
  compare(LogitsScope::last, Precision::fp32);
}

/// The CPU backends load fp16 graphs too and compute them in what they have.
TEST_P(Parity, Fp16GraphsComputeTheSameModel) {
  compare(LogitsScope::all, Precision::fp16);
  compare(LogitsScope::last, Precision::fp16);
}

INSTANTIATE_TEST_SUITE_P(Runtimes, Parity, ::testing::Values("onnxruntime-cpu", "openvino-cpu"),
                         [](const auto& backend) {
                           return std::string(backend.param).substr(0, std::string(backend.param).find('-'));
                         });

}  // namespace
}  // namespace inferscale::test
