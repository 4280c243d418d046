#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "artifact/store.hpp"
#include "cached_graph.hpp"
#include "family/resolve.hpp"
#include "support/temporary_folder.hpp"

// A graph in the dialect `fixed_cache`, driven as an engine's worker drives it, chooses the tokens that the
// graph without a cache does: the prompt over a cache of its own length, copied to where there is room for
// more, and then one token a pass. ONNX Runtime's CPU runs opset 17.

namespace inferscale::test {

using namespace onnx_graph;

namespace {

constexpr int kSteps = 9;
constexpr std::int64_t kCapacity = 64;

struct Prompt {
  std::int64_t batch, length;
};

/// Of a pass, by the names of the graph's outputs.
using Outputs = std::map<std::string, Ort::Value>;

class Graph {
 public:
  explicit Graph(const std::filesystem::path& file) {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
    session_ = Ort::Session(environment_, file.c_str(), options);
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i) {
      inputs_.emplace_back(session_.GetInputNameAllocated(i, allocator).get());
    }
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
      outputs_.emplace_back(session_.GetOutputNameAllocated(i, allocator).get());
    }
  }

  Outputs run(std::map<std::string, Ort::Value>& given) {
    std::vector<const char*> in, out;
    std::vector<Ort::Value> values;
    for (const auto& name : inputs_) {
      in.push_back(name.c_str());
      values.push_back(std::move(given.at(name)));
    }
    for (const auto& name : outputs_) {
      out.push_back(name.c_str());
    }
    auto made = session_.Run(Ort::RunOptions(), in.data(), values.data(), in.size(), out.data(), out.size());
    Outputs named;
    for (std::size_t i = 0; i < made.size(); ++i) {
      named.emplace(outputs_[i], std::move(made[i]));
    }
    return named;
  }

  [[nodiscard]] bool takes_a_cache() const { return onnxruntime::takes_a_cache(session_); }
  [[nodiscard]] const std::vector<std::string>& inputs() const { return inputs_; }
  std::vector<std::int64_t> shape_of_input(const std::string& name) const {
    const auto at = std::find(inputs_.begin(), inputs_.end(), name) - inputs_.begin();
    return session_.GetInputTypeInfo(static_cast<std::size_t>(at)).GetTensorTypeAndShapeInfo().GetShape();
  }

 private:
  Ort::Env environment_{ORT_LOGGING_LEVEL_ERROR, "test"};
  Ort::Session session_{nullptr};
  std::vector<std::string> inputs_, outputs_;
};

template <class T>
Ort::Value tensor(const std::vector<std::int64_t>& shape, const std::vector<T>& values) {
  Ort::AllocatorWithDefaultOptions allocator;
  auto made = Ort::Value::CreateTensor<T>(allocator, shape.data(), shape.size());
  std::copy(values.begin(), values.end(), made.template GetTensorMutableData<T>());
  return made;
}

/// As many rows a head, the first of them those of `cache`, and no number in the others that would show
/// where they are not masked.
Ort::Value with_room(const Ort::Value& cache, std::vector<std::int64_t> shape) {
  const auto rows = cache.GetTensorTypeAndShapeInfo().GetShape()[2];
  std::vector<float> values(static_cast<std::size_t>(shape[0] * shape[1] * kCapacity * shape[3]), 7.0F);
  const auto* from = cache.GetTensorData<float>();
  for (std::int64_t head = 0; head < shape[0] * shape[1]; ++head) {
    std::copy_n(from + head * rows * shape[3], rows * shape[3], values.begin() + head * kCapacity * shape[3]);
  }
  shape[2] = kCapacity;
  return tensor(shape, values);
}

class FixedCache : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto model = model::resolve_model(GetParam());
    ASSERT_TRUE(model) << model.error().message;
    model_ = *model;
  }

  std::filesystem::path exported(GraphMode mode) {
    ExportSettings settings;
    settings.mode = mode;
    settings.logits = protocol::LogitsScope::last;
    settings.dialect = mode == GraphMode::decode ? Dialect::fixed_cache : Dialect::portable;
    const auto graph = store_.onnx_graph(model_, 118, settings);
    EXPECT_TRUE(graph) << graph.error().message;
    return graph->path;
  }

  std::vector<std::int32_t> prompt(const Prompt& prompt) const {
    std::vector<std::int32_t> ids;
    for (std::int64_t i = 0; i < prompt.batch * prompt.length; ++i) {
      ids.push_back(static_cast<std::int32_t>((7 * i * i + 3 * i + 1) % model_.config.vocabulary));
    }
    return ids;
  }

  /// The tokens of each step, one a sequence.
  std::vector<std::vector<std::int32_t>> uncached(const Prompt& of) {
    Graph graph(exported(GraphMode::prefill));
    const auto batch = static_cast<std::size_t>(of.batch);
    const auto ids = prompt(of);
    std::vector<std::vector<std::int32_t>> sequences;
    for (std::size_t row = 0; row < batch; ++row) {
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(row) * of.length;
      sequences.emplace_back(first, first + of.length);
    }
    std::vector<std::vector<std::int32_t>> steps;
    for (int step = 0; step < kSteps; ++step) {
      std::vector<std::int32_t> all;
      for (const auto& sequence : sequences) {
        all.insert(all.end(), sequence.begin(), sequence.end());
      }
      std::map<std::string, Ort::Value> given;
      given.emplace("input_ids", tensor({of.batch, static_cast<std::int64_t>(sequences[0].size())}, all));
      auto outputs = graph.run(given);
      const auto* logits = outputs.at("logits").GetTensorData<float>();
      steps.emplace_back();
      for (auto& sequence : sequences) {
        const auto* end = logits + model_.config.vocabulary;
        sequence.push_back(static_cast<std::int32_t>(std::max_element(logits, end) - logits));
        steps.back().push_back(sequence.back());
        logits = end;
      }
    }
    return steps;
  }

  std::vector<std::vector<std::int32_t>> cached(const Prompt& of) {
    Graph graph(exported(GraphMode::decode));
    EXPECT_TRUE(graph.takes_a_cache());
    std::map<std::string, Ort::Value> given;
    given.emplace("input_ids", tensor({of.batch, of.length}, prompt(of)));
    given.emplace("last_place", tensor<std::int32_t>({1}, {static_cast<std::int32_t>(of.length - 1)}));
    std::map<std::string, std::vector<std::int64_t>> caches;
    for (const auto& name : graph.inputs()) {
      if (name.starts_with("past")) {
        auto shape = graph.shape_of_input(name);
        shape[0] = of.batch;
        shape[2] = of.length;
        given.emplace(name, tensor(shape, std::vector<float>(static_cast<std::size_t>(shape[0] * shape[1] *
                                                                                      shape[2] * shape[3]))));
        caches.emplace(name, shape);
      }
    }
    std::vector<std::vector<std::int32_t>> steps;
    for (int step = 0; step < kSteps; ++step) {
      auto outputs = graph.run(given);
      const auto* chosen = outputs.at("next_ids").GetTensorData<std::int32_t>();
      steps.emplace_back(chosen, chosen + of.batch);
      given.clear();
      given.emplace("input_ids", tensor({of.batch, 1}, steps.back()));
      given.emplace("last_place", std::move(outputs.at("next_place")));
      for (const auto& [name, shape] : caches) {
        auto& present = outputs.at("present" + name.substr(std::string("past_key_values").size()));
        given.emplace(name, step == 0 ? with_room(present, shape) : std::move(present));
      }
    }
    return steps;
  }

  TemporaryFolder folder_;
  artifact::ArtifactStore store_{folder_.path()};
  model::Model model_;
};

TEST_P(FixedCache, ChoosesTheTokensOfUncachedPasses) {
  for (const std::int64_t batch : {1, 2}) {
    for (const std::int64_t length : {1, 2, 7, 23}) {
      EXPECT_EQ(cached({batch, length}), uncached({batch, length})) << batch << " x " << length;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, FixedCache,
    ::testing::Values("gpt2:layers=2,hidden=64,heads=4,vocabulary=211,positions=96",
                      "llama:layers=2,hidden=64,heads=8,kv_heads=2,inner=96,vocabulary=211,positions=96",
                      "qwen3:layers=2,hidden=20,heads=6,kv_heads=3,head_size=16,vocabulary=211,positions=96"),
    [](const auto& model) { return std::string(model.param).substr(0, std::string(model.param).find(':')); });

}  // namespace
}  // namespace inferscale::test
