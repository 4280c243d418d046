#include "observed_outputs.hpp"

#include <array>

namespace inferscale::onnxruntime {

Result<std::vector<measure::ActivationView>> ObservedOutputs::run(Ort::Session& session,
                                                                  const protocol::TokenBatch& tokens) {
  Ort::AllocatorWithDefaultOptions allocator;
  names_.clear();
  for (std::size_t i = 1; i < session.GetOutputCount(); ++i) {  // the first is the logits
    names_.emplace_back(session.GetOutputNameAllocated(i, allocator).get());
  }
  if (names_.empty()) {
    return fail("the graph has no activations among its outputs");
  }
  std::vector<const char*> wanted;
  for (const auto& name : names_) {
    wanted.push_back(name.c_str());
  }
  ids_.assign(tokens.ids.begin(), tokens.ids.end());
  const std::array<std::int64_t, 2> shape{tokens.shape.batch, tokens.shape.length};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto ids =
      Ort::Value::CreateTensor<std::int32_t>(memory, ids_.data(), ids_.size(), shape.data(), shape.size());
  static constexpr const char* kInput = "input_ids";
  values_ = session.Run(Ort::RunOptions(), &kInput, &ids, 1, wanted.data(), wanted.size());
  std::vector<measure::ActivationView> views;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const auto elements = values_[i].GetTensorTypeAndShapeInfo().GetElementCount();
    views.push_back({names_[i], {values_[i].GetTensorData<float>(), elements}});
  }
  return views;
}

}  // namespace inferscale::onnxruntime
