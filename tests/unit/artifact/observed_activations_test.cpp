#include "artifact/observed_activations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/log.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// Where a model is calibrated: on the GPU first, if there is one.

namespace inferscale::artifact {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Notes which backend it loads; GPU is what it answers when that is onnxruntime-gpu.
constexpr const char* kWorker = R"sh(while read -r line; do case "$line" in
  *'"type":"hello"'*) echo '{"type":"hello","protocol":1,"minor":2,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"load"'*onnxruntime-gpu*) echo "$line" >> LOADS; GPU;;
  *'"type":"load"'*) echo "$line" >> LOADS; echo '{"type":"loaded","load_s":0.1}';;
  *'"type":"activations"'*) echo '{"type":"activations","tensors":[{"name":"a","largest":2.5}]}';;
  *) exit 0;;
esac; done)sh";

class ObservedActivationsTest : public ::testing::Test {
 public:
  ObservedActivationsTest() { set_log_level(LogLevel::quiet); }
  ObservedActivationsTest(const ObservedActivationsTest&) = delete;
  ObservedActivationsTest& operator=(const ObservedActivationsTest&) = delete;
  ~ObservedActivationsTest() override { set_log_level(LogLevel::info); }

 protected:
  Result<ObservedActivations> observe(bool gpu, const char* on_gpu) {
    CalibrationRunner runner;
    runner.gpu = gpu;
    runner.cpus = {0};
    runner.worker = test::script_worker(
        folder_.path(), "worker",
        test::filled(test::filled(kWorker, "LOADS", "'" + (folder_.path() / "loads").string() + "'"), "GPU",
                     on_gpu));
    return observe_activations(*model::resolve_model("tiny-gpt2"), folder_.path() / "graph.onnx",
                               {{1, 2}, {3, 4}}, false, runner);
  }

  [[nodiscard]] std::vector<Json> loads() const {
    std::vector<Json> list;
    std::ifstream in(folder_.path() / "loads");
    for (std::string line; std::getline(in, line);) {
      list.push_back(*parse_json(line, "loads"));
    }
    return list;
  }

  [[nodiscard]] std::vector<std::string> backends() const {
    std::vector<std::string> names;
    for (const auto& load : loads()) {
      names.push_back(load["backend"].get<std::string>());
    }
    return names;
  }

  test::TemporaryFolder folder_;
};

constexpr const char* kLoads = R"(echo '{"type":"loaded","load_s":0.1}')";
constexpr const char* kOutOfMemory =
    R"(echo '{"type":"error","outcome":"out_of_memory","message":"no room on the GPU"}')";

TEST_F(ObservedActivationsTest, OnTheGpuWhereThereIsOne) {
  const auto observed = observe(true, kLoads);
  ASSERT_TRUE(observed) << observed.error().message;
  EXPECT_THAT(backends(), ElementsAre("onnxruntime-gpu"));
  EXPECT_EQ(observed->runtime, "W 1, CUDA");
  EXPECT_EQ(observed->activations.at(0).largest, 2.5);
  // Tensors come back to the host, which a captured CUDA graph does not do.
  EXPECT_EQ(loads()[0]["options"]["cuda.enable_cuda_graph"], "0");
}

TEST_F(ObservedActivationsTest, OnTheCpuUnlessToldOtherwise) {
  const auto observed = observe(false, kLoads);
  ASSERT_TRUE(observed) << observed.error().message;
  EXPECT_THAT(backends(), ElementsAre("onnxruntime-cpu"));
  EXPECT_EQ(observed->runtime, "W 1");
}

TEST_F(ObservedActivationsTest, OnTheCpuWhenTheGpuFails) {
  for (const char* failure : {kOutOfMemory, "kill -9 $$"}) {
    std::filesystem::remove(folder_.path() / "loads");
    const auto observed = observe(true, failure);
    ASSERT_TRUE(observed) << observed.error().message;
    EXPECT_THAT(backends(), ElementsAre("onnxruntime-gpu", "onnxruntime-cpu"));
    EXPECT_EQ(observed->runtime, "W 1");
  }
}

TEST_F(ObservedActivationsTest, WithoutAWorkerThereIsNoCalibration) {
  CalibrationRunner runner;
  runner.unavailable_because = "it was not built";
  const auto observed =
      observe_activations(*model::resolve_model("tiny-gpt2"), "graph.onnx", {{1}}, false, runner);
  ASSERT_FALSE(observed);
  EXPECT_EQ(observed.error().outcome, Outcome::unsupported);
  EXPECT_THAT(observed.error().message, HasSubstr("it was not built"));
}

}  // namespace
}  // namespace inferscale::artifact
