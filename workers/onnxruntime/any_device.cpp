#include "any_device.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "cuda_backend.hpp"
#include "onnxruntime_backend.hpp"

namespace inferscale {
namespace {

class AnyDeviceBackend final : public Backend {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    WorkerInfo info = make_onnxruntime_backend()->describe();
    for (auto& backend : make_onnxruntime_cuda_backend()->describe().backends) {
      info.backends.push_back(std::move(backend));
    }
    return info;
  }

  Result<void> load(const LoadRequest& request) override {
    const bool gpu = request.backend.starts_with("onnxruntime-gpu");
    auto chosen = gpu ? make_onnxruntime_cuda_backend() : make_onnxruntime_backend();
    TRY(chosen->load(request));
    chosen_ = std::move(chosen);
    return {};
  }

  Result<void> prepare(std::span<const Shape> shapes) override { return chosen_->prepare(shapes); }
  Result<LogitsView> forward(const TokenBatch& tokens) override { return chosen_->forward(tokens); }
  Result<void> prepare_once(const Shape& shape) override { return chosen_->prepare_once(shape); }
  Result<std::vector<ActivationView>> activations(const TokenBatch& tokens) override {
    return chosen_->activations(tokens);
  }
  [[nodiscard]] Json details() const override { return chosen_->details(); }

 private:
  std::unique_ptr<Backend> chosen_;
};

}  // namespace

std::unique_ptr<Backend> make_any_onnxruntime_backend() {
  return std::make_unique<AnyDeviceBackend>();
}

}  // namespace inferscale
