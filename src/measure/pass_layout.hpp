#pragma once

#include <algorithm>
#include <cstddef>

#include "core/error.hpp"
#include "measure/backend.hpp"

namespace inferscale::measure {

/// What a pass takes and gives, in elements: ids [batch, length], logits [batch, positions, vocabulary].
struct PassLayout {
  protocol::Shape shape;
  int positions = 0;
  int vocabulary = 0;

  [[nodiscard]] std::size_t ids() const {
    return static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(shape.length);
  }
  [[nodiscard]] std::size_t logits() const {
    return static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(positions) *
           static_cast<std::size_t>(vocabulary);
  }
  /// Of logits that lie at `data`.
  [[nodiscard]] LogitsView view(const void* data, ElementType element) const {
    return {data, element, shape.batch, positions, vocabulary};
  }
};

/// What a loaded model makes of a shape.
struct LoadedModel {
  protocol::LogitsScope scope = protocol::LogitsScope::all;
  int vocabulary = 0;

  [[nodiscard]] PassLayout layout(const protocol::Shape& shape) const {
    return {shape, scope == protocol::LogitsScope::all ? shape.length : 1, vocabulary};
  }
};

/// Bytes of a logit.
std::size_t bytes_of(ElementType element);

/// Outcome::error: forward() was called for a shape that prepare() has not seen.
tl::unexpected<Error> not_prepared(const protocol::Shape& shape);

/// The one of `list` that is of this shape, null when none is. Its elements have a function or member
/// `shape`.
template <class List>
auto* find_shape(List& list, const protocol::Shape& shape) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) {
    if constexpr (requires { one.shape(); }) {
      return one.shape() == shape;
    } else {
      return one.shape == shape;
    }
  });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace inferscale::measure
