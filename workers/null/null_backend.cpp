#include "null_backend.hpp"

#include <algorithm>
#include <vector>

#include "measure/pass_layout.hpp"
#include "protocol/needs.hpp"

namespace inferscale::null {
namespace {

class NullBackend final : public measure::Backend, public measure::Forward {
 public:
  [[nodiscard]] protocol::WorkerInfo describe() const override {
    return {
        "null", "null", "1", {protocol::stated({"null-cpu", "cpu", "fp32", "none", "fp32", ""}, "null-cpu")}};
  }

  Result<void> load(const protocol::LoadRequest& request) override {
    model_ = {request.logits, request.vocabulary};
    return {};
  }

  Result<void> prepare(std::span<const protocol::Shape> shapes) override {
    std::size_t most = 0;
    for (const protocol::Shape& shape : shapes) {
      most = std::max(most, model_.layout(shape).logits());
    }
    logits_.assign(most, 0.0F);
    return {};
  }

  Result<measure::LogitsView> forward(const protocol::TokenBatch& tokens) override {
    return model_.layout(tokens.shape).view(logits_.data(), measure::ElementType::f32);
  }

 private:
  measure::LoadedModel model_;
  std::vector<float> logits_;
};

}  // namespace

std::unique_ptr<measure::Backend> make_null_backend() {
  return std::make_unique<NullBackend>();
}

}  // namespace inferscale::null
