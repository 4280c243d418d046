#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace inferscale::protocol {

/// A rectangular batch of token ids.
struct Shape {
  int batch = 1;
  int length = 1;  ///< tokens a sequence
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// Sequences whose keys and values are kept.
struct CacheShape {
  int batch = 1;
  int prompt = 1;    ///< tokens that come first, in one pass
  int capacity = 1;  ///< tokens a sequence in the end, the prompt's included
  friend bool operator==(const CacheShape&, const CacheShape&) = default;
};

/// Shapes that a built engine takes, batch and length each from `min` to `max`, fastest at `opt`.
struct ShapeProfile {
  std::string name;  ///< "single_short"
  Shape min, opt, max;
  friend bool operator==(const ShapeProfile&, const ShapeProfile&) = default;
};

/// Token ids, row-major [batch, length], int32.
struct TokenBatch {
  std::span<const std::int32_t> ids;
  Shape shape;
};

}  // namespace inferscale::protocol
