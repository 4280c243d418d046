#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "measure/pass_layout.hpp"

namespace inferscale::measure {

/// The shapes that a backend on the CPU has prepared. `Tensors` are the runtime's, over the ids and logits of
/// a pass: host memory that all shapes share, for only one runs at a time.
template <class Tensors>
class HostShapes {
 public:
  /// For another model: nothing is prepared.
  void reset(LoadedModel model) {
    model_ = model;
    bound_.clear();
  }

  /// Adds the new shapes. `bind(layout, ids, logits)` makes the tensors of one; growing moves the memory, so
  /// the tensors of every shape are made anew.
  template <class Bind>
  void prepare(std::span<const protocol::Shape> shapes, Bind bind) {
    for (const protocol::Shape& shape : shapes) {
      if (find_shape(bound_, shape) == nullptr) {
        bound_.push_back({shape, model_.layout(shape), Tensors{}});
      }
    }
    for (const Bound& bound : bound_) {
      ids_.resize(std::max(ids_.size(), bound.layout.ids()));
      logits_.resize(std::max(logits_.size(), bound.layout.logits()));
    }
    for (Bound& bound : bound_) {
      bound.tensors = bind(bound.layout, ids_.data(), logits_.data());
    }
  }

  /// Copies the ids in. The tensors are those of the shape, valid until the next prepare().
  Result<Tensors*> take(const protocol::TokenBatch& tokens) {
    Bound* bound = find_shape(bound_, tokens.shape);
    if (bound == nullptr) {
      return not_prepared(tokens.shape);
    }
    std::copy(tokens.ids.begin(), tokens.ids.end(), ids_.begin());
    return &bound->tensors;
  }

  /// Of the last pass, which was of this shape.
  [[nodiscard]] LogitsView logits(const protocol::Shape& shape) const {
    return model_.layout(shape).view(logits_.data(), ElementType::f32);
  }

 private:
  struct Bound {
    protocol::Shape shape;
    PassLayout layout;
    Tensors tensors;
  };
  LoadedModel model_;
  std::vector<std::int32_t> ids_;
  std::vector<float> logits_;
  std::deque<Bound> bound_;
};

}  // namespace inferscale::measure
