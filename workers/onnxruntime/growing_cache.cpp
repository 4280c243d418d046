#include "growing_cache.hpp"

#include <iterator>
#include <utility>

namespace inferscale::onnxruntime {

void GrowingCache::bind(Ort::IoBinding& binding, std::int64_t batch) const {
  const auto empty = graph_.shape(batch, 0);
  for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
    const CachedGraph::Tensor& tensor = graph_.tensors[i];
    if (past_.empty()) {
      binding.BindInput(tensor.past.c_str(), Ort::Value::CreateTensor(memory_, nullptr, 0, empty.data(),
                                                                      empty.size(), graph_.type));
    } else {
      binding.BindInput(tensor.past.c_str(), past_[i]);
    }
    binding.BindOutput(tensor.present.c_str(), memory_);
  }
}

void GrowingCache::take(const Ort::IoBinding& binding) {
  constexpr std::ptrdiff_t kOthers = 2;  // logits and next_ids
  auto outputs = binding.GetOutputValues();
  past_.clear();
  std::move(outputs.begin() + kOthers, outputs.end(), std::back_inserter(past_));
}

}  // namespace inferscale::onnxruntime
