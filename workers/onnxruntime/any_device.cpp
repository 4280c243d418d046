#include "any_device.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "cuda_backend.hpp"
#include "onnxruntime_backend.hpp"

namespace inferscale::onnxruntime {
namespace {

class AnyDeviceBackend final : public DeviceBackend {
 public:
  [[nodiscard]] protocol::WorkerInfo describe() const override {
    protocol::WorkerInfo info = make_onnxruntime_backend()->describe();
    for (auto& backend : make_onnxruntime_cuda_backend()->describe().backends) {
      info.backends.push_back(std::move(backend));
    }
    return info;
  }

  Result<void> load(const protocol::LoadRequest& request) override {
    std::unique_ptr<DeviceBackend> chosen = make_onnxruntime_cuda_backend();
    const auto of_gpu = chosen->describe().backends;
    if (std::none_of(of_gpu.begin(), of_gpu.end(),
                     [&](const protocol::BackendInfo& one) { return one.name == request.backend; })) {
      chosen = make_onnxruntime_backend();
    }
    TRY(chosen->load(request));
    chosen_ = std::move(chosen);
    return {};
  }

  Result<void> prepare(std::span<const protocol::Shape> shapes) override { return chosen_->prepare(shapes); }
  Result<measure::LogitsView> forward(const protocol::TokenBatch& tokens) override {
    return chosen_->forward(tokens);
  }
  Result<void> prepare_once(const protocol::Shape& shape) override { return chosen_->prepare_once(shape); }
  Result<std::vector<measure::ActivationView>> activations(const protocol::TokenBatch& tokens) override {
    return chosen_->activations(tokens);
  }
  Result<void> reserve(std::span<const protocol::CacheShape> caches) override {
    return chosen_->reserve(caches);
  }
  Result<Chosen> start(const protocol::TokenBatch& prompt, const protocol::CacheShape& cache) override {
    return chosen_->start(prompt, cache);
  }
  Result<Chosen> step(std::span<const std::int32_t> tokens) override { return chosen_->step(tokens); }
  Result<measure::LogitsView> last_logits() override { return chosen_->last_logits(); }
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override { return chosen_->kv_bytes_per_token(); }
  [[nodiscard]] Json details() const override { return chosen_->details(); }

 private:
  std::unique_ptr<DeviceBackend> chosen_;
};

}  // namespace

std::unique_ptr<measure::Backend> make_any_onnxruntime_backend() {
  return std::make_unique<AnyDeviceBackend>();
}

}  // namespace inferscale::onnxruntime
