#include "worker/cuda_graph.hpp"

#include <utility>

namespace inferscale::worker {
namespace {

constexpr int kCaptureThreadLocal = 1;

}  // namespace

Result<CudaGraph> CudaGraph::capture(std::shared_ptr<const CudaRuntime> cuda, void* stream,
                                     const std::function<Result<void>()>& enqueue) {
  const CudaRuntime::Functions& call = cuda->call_;
  TRY(cuda->check(call.begin_capture(stream, kCaptureThreadLocal), "cannot start a capture"));
  const auto enqueued = enqueue();
  void* graph = nullptr;
  const auto ended = cuda->check(call.end_capture(stream, &graph), "cannot end a capture");
  TRY(enqueued);
  TRY(ended);
  CudaGraph made;
  const auto instantiated =
      cuda->check(call.graph_instantiate(&made.executable_, graph, 0), "cannot make a CUDA graph");
  call.graph_destroy(graph);
  made.cuda_ = std::move(cuda);
  TRY(instantiated);
  TRY(made.cuda_->check(call.graph_upload(made.executable_, stream), "cannot upload a CUDA graph"));
  TRY(made.launch(stream));
  TRY(made.cuda_->synchronize(stream));
  return made;
}

CudaGraph::CudaGraph(CudaGraph&& other) noexcept {
  *this = std::move(other);
}

CudaGraph& CudaGraph::operator=(CudaGraph&& other) noexcept {
  std::swap(cuda_, other.cuda_);
  std::swap(executable_, other.executable_);
  return *this;
}

CudaGraph::~CudaGraph() {
  if (executable_ != nullptr) {
    cuda_->call_.graph_exec_destroy(executable_);
  }
}

Result<void> CudaGraph::launch(void* stream) const {
  return cuda_->check(cuda_->call_.graph_launch(executable_, stream), "cannot launch a CUDA graph");
}

}  // namespace inferscale::worker
