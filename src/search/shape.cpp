#include "search/shape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "family/ladder.hpp"
#include "model/family.hpp"

namespace inferscale::search {

using namespace model;

namespace {

constexpr int kExtraLayers = 4;  ///< beyond those of the two ends: more sizes to choose from
constexpr int kFirstWide = 96;   ///< from here widths are multiples of 32, as on the ladder

std::vector<int> widths(int low, int high) {
  std::vector<int> all;
  for (int width = 2; width < kFirstWide; width += 2) {
    all.push_back(width);
  }
  for (int width = kFirstWide; width <= high; width += 32) {
    all.push_back(width);
  }
  std::erase_if(all, [&](int width) { return width < low || width > high; });
  return all;
}

int heads_of(int width) {
  if (width % 64 == 0) {
    return width / 64;
  }
  return width % 32 == 0 ? width / 32 : 2;
}

bool same_shape(const DecoderSpec& one, const DecoderSpec& other) {
  return one.family == other.family && one.layers == other.layers && one.hidden == other.hidden &&
         one.heads == other.heads && one.vocabulary == other.vocabulary && one.positions == other.positions &&
         inner_size(one) == inner_size(other);
}

DecoderSpec named(DecoderSpec shape) {
  for (const DecoderSpec& rung : ladder()) {
    if (same_shape(rung, shape)) {
      return rung;
    }
  }
  const auto parsed = parse_model_name(
      fmt::format("{}:layers={},hidden={},heads={},vocabulary={},positions={}", shape.family->name,
                  shape.layers, shape.hidden, shape.heads, shape.vocabulary, shape.positions));
  shape.name = parsed ? parsed->name : std::string();
  return shape;
}

/// How far a shape is from where it should be: in size, as a share of the gap, and from the path between the
/// two shapes.
struct Path {
  double gap = 1, target = 1, layers = 1, log_width = 0;

  [[nodiscard]] double distance(const DecoderSpec& shape, std::int64_t parameters) const {
    const double size = std::abs(std::log(static_cast<double>(parameters) / target)) / gap;
    return size + 0.1 * std::abs(shape.layers - layers) +
           0.2 * std::abs(std::log(static_cast<double>(shape.hidden)) - log_width);
  }
};

Path path_between(const DecoderSpec& low, const DecoderSpec& high, double target) {
  const double small = std::log(static_cast<double>(parameter_count(low)));
  const double large = std::log(static_cast<double>(parameter_count(high)));
  const double share = (std::log(target) - small) / (large - small);
  const double low_width = std::log(static_cast<double>(low.hidden));
  const double high_width = std::log(static_cast<double>(high.hidden));
  return {large - small, target, low.layers + share * (high.layers - low.layers),
          low_width + share * (high_width - low_width)};
}

}  // namespace

std::optional<DecoderSpec> shape_between(const DecoderSpec& low, const DecoderSpec& high, double target,
                                         const std::vector<DecoderSpec>& taken) {
  const auto small = parameter_count(low);
  const auto large = parameter_count(high);
  if (small >= large || low.family != high.family || low.vocabulary != high.vocabulary ||
      low.positions != high.positions) {
    return std::nullopt;
  }
  const Path path = path_between(low, high, target);
  std::vector<std::int64_t> taken_sizes;  // a count is a sum over tensors: once each, not once a candidate
  for (const DecoderSpec& other : taken) {
    taken_sizes.push_back(parameter_count(other));
  }
  std::optional<DecoderSpec> best;
  double least = std::numeric_limits<double>::infinity();
  for (int layers = std::max(1, std::min(low.layers, high.layers) - kExtraLayers);
       layers <= std::max(low.layers, high.layers) + kExtraLayers; ++layers) {
    for (const int width : widths(std::min(low.hidden, high.hidden), std::max(low.hidden, high.hidden))) {
      DecoderSpec shape = low;
      shape.layers = layers;
      shape.hidden = width;
      shape.heads = heads_of(width);
      shape.inner = 4 * width;
      const auto size = parameter_count(shape);
      if (size <= small || size >= large ||
          std::find(taken_sizes.begin(), taken_sizes.end(), size) != taken_sizes.end()) {
        continue;
      }
      if (const double distance = path.distance(shape, size); distance < least) {
        least = distance;
        best = shape;
      }
    }
  }
  return best ? std::optional(named(*best)) : std::nullopt;
}

}  // namespace inferscale::search
