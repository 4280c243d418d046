#include "null_backend.hpp"

#include <algorithm>
#include <vector>

#include "protocol/needs.hpp"

namespace inferscale::null {
namespace {

class NullBackend final : public measure::Backend {
 public:
  [[nodiscard]] protocol::WorkerInfo describe() const override {
    return {
        "null", "null", "1", {protocol::stated({"null-cpu", "cpu", "fp32", "none", "fp32", ""}, "null-cpu")}};
  }

  Result<void> load(const protocol::LoadRequest& request) override {
    vocabulary_ = request.vocabulary;
    all_ = request.logits == protocol::LogitsScope::all;
    return {};
  }

  Result<void> prepare(std::span<const protocol::Shape> shapes) override {
    std::size_t rows = 0;
    for (const protocol::Shape& shape : shapes) {
      rows =
          std::max(rows, static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(positions(shape)));
    }
    logits_.assign(rows * static_cast<std::size_t>(vocabulary_), 0.0F);
    return {};
  }

  Result<measure::LogitsView> forward(const protocol::TokenBatch& tokens) override {
    return measure::LogitsView{logits_.data(), measure::ElementType::f32, tokens.shape.batch,
                               positions(tokens.shape), vocabulary_};
  }

 private:
  [[nodiscard]] int positions(const protocol::Shape& shape) const { return all_ ? shape.length : 1; }

  int vocabulary_ = 0;
  bool all_ = true;
  std::vector<float> logits_;
};

}  // namespace

std::unique_ptr<measure::Backend> make_null_backend() {
  return std::make_unique<NullBackend>();
}

}  // namespace inferscale::null
