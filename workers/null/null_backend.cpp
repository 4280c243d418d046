#include "null_backend.hpp"

#include <algorithm>
#include <vector>

namespace inferscale {
namespace {

class NullBackend final : public Backend {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    return {"null", "null", "1", {{"null-cpu", "cpu", "fp32", "none", "fp32", ""}}};
  }

  Result<void> load(const LoadRequest& request) override {
    vocabulary_ = request.vocabulary;
    all_ = request.logits == LogitsScope::all;
    return {};
  }

  Result<void> prepare(std::span<const Shape> shapes) override {
    std::size_t rows = 0;
    for (const Shape& shape : shapes) {
      rows =
          std::max(rows, static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(positions(shape)));
    }
    logits_.assign(rows * static_cast<std::size_t>(vocabulary_), 0.0F);
    return {};
  }

  Result<LogitsView> forward(const TokenBatch& tokens) override {
    return LogitsView{logits_.data(), ElementType::f32, tokens.shape.batch, positions(tokens.shape),
                      vocabulary_};
  }

 private:
  [[nodiscard]] int positions(const Shape& shape) const { return all_ ? shape.length : 1; }

  int vocabulary_ = 0;
  bool all_ = true;
  std::vector<float> logits_;
};

}  // namespace

std::unique_ptr<Backend> make_null_backend() {
  return std::make_unique<NullBackend>();
}

}  // namespace inferscale
