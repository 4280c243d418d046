#pragma once

#include <onnxruntime_cxx_api.h>

#include <cstdint>
#include <vector>

#include "cached_graph.hpp"

namespace inferscale::onnxruntime {

/// Keys and values of a graph whose cache grows: a pass gives them longer than it took them, and the next one
/// takes them where they lie. All but clear() throw Ort::Exception.
class GrowingCache {
 public:
  /// `memory`: where ONNX Runtime puts them.
  GrowingCache(const CachedGraph& graph, Ort::MemoryInfo memory)
      : graph_(graph), memory_(std::move(memory)) {}

  /// Forgets the sequences.
  void clear() { past_.clear(); }
  /// Binds what the last pass gave, or nothing, as inputs, and makes room for what this one will give: the
  /// outputs behind logits and next_ids, which are bound before.
  void bind(Ort::IoBinding& binding, std::int64_t batch) const;
  /// After the pass.
  void take(const Ort::IoBinding& binding);

 private:
  const CachedGraph& graph_;
  Ort::MemoryInfo memory_;
  std::vector<Ort::Value> past_;
};

}  // namespace inferscale::onnxruntime
