#pragma once

#include <functional>
#include <memory>

#include "worker/cuda_runtime.hpp"

namespace inferscale::worker {

/// Work on a stream, recorded once and launched as one: it keeps the addresses that it was recorded with.
class CudaGraph {
 public:
  CudaGraph() = default;
  /// Records what `enqueue` puts on the stream, uploads it, and runs it once.
  static Result<CudaGraph> capture(std::shared_ptr<const CudaRuntime> cuda, void* stream,
                                   const std::function<Result<void>()>& enqueue);
  CudaGraph(CudaGraph&& other) noexcept;
  CudaGraph& operator=(CudaGraph&& other) noexcept;
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;
  ~CudaGraph();

  [[nodiscard]] explicit operator bool() const { return executable_ != nullptr; }
  [[nodiscard]] Result<void> launch(void* stream) const;

 private:
  std::shared_ptr<const CudaRuntime> cuda_;
  void* executable_ = nullptr;
};

}  // namespace inferscale::worker
