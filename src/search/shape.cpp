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
constexpr int kWidthStep = 32;

std::vector<int> widths(int low, int high) {
  std::vector<int> all;
  for (int width = 2; width < kFirstWide; width += 2) {
    all.push_back(width);
  }
  for (int width = kFirstWide; width <= high; width += kWidthStep) {
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

/// The divisor of `heads` that comes nearest to one head of keys for `group` of queries.
int kv_heads_of(int heads, double group) {
  int best = heads;
  for (int count = 1; count <= heads; ++count) {
    const auto apart = [&](int one) { return std::abs(std::log(static_cast<double>(heads) / one / group)); };
    if (heads % count == 0 && apart(count) < apart(best)) {
      best = count;
    }
  }
  return best;
}

int rounded(double value, int step) {
  return std::max(step, static_cast<int>(std::lround(value / step)) * step);
}

bool same_shape(const DecoderSpec& one, const DecoderSpec& other) {
  return one.family == other.family && one.layers == other.layers && one.hidden == other.hidden &&
         one.heads == other.heads && kv_heads(one) == kv_heads(other) && head_size(one) == head_size(other) &&
         one.vocabulary == other.vocabulary && one.positions == other.positions &&
         one.tied_head == other.tied_head && inner_size(one) == inner_size(other);
}

DecoderSpec named(const DecoderSpec& shape) {
  for (const DecoderSpec& rung : ladder()) {
    if (same_shape(rung, shape)) {
      return rung;
    }
  }
  return *parse_model_name(
      fmt::format("{}:layers={},hidden={},heads={},kv_heads={},vocabulary={},positions={},inner={}",
                  shape.family->name, shape.layers, shape.hidden, shape.heads, kv_heads(shape),
                  shape.vocabulary, shape.positions, shape.inner));
}

/// The straight path from one shape to another, over the logarithm of the size: what a shape at `target`
/// should be like, and how far one is from that.
struct Path {
  double gap = 1, target = 1, layers = 1, log_width = 0;
  double inner_ratio = 4, group = 1;  ///< inner / hidden; heads of queries for one of keys
  int vocabulary = 0, positions = 0;

  [[nodiscard]] double distance(const DecoderSpec& shape, double parameters) const {
    const double size = std::abs(std::log(parameters / target)) / gap;
    const double heads = static_cast<double>(shape.heads) / kv_heads(shape);
    return size + 0.1 * std::abs(shape.layers - layers) +
           0.2 * std::abs(std::log(static_cast<double>(shape.hidden)) - log_width) +
           0.5 * std::abs(std::log(heads / group));
  }
};

Path path_between(const DecoderSpec& low, const DecoderSpec& high, double target) {
  const double small = std::log(static_cast<double>(parameter_count(low)));
  const double large = std::log(static_cast<double>(parameter_count(high)));
  const double share = (std::log(target) - small) / (large - small);
  const auto between = [&](double a, double b) { return a + share * (b - a); };
  const auto log_between = [&](double a, double b) { return between(std::log(a), std::log(b)); };
  Path path;
  path.gap = large - small;
  path.target = target;
  path.layers = between(low.layers, high.layers);
  path.log_width = log_between(low.hidden, high.hidden);
  path.inner_ratio = between(static_cast<double>(inner_size(low)) / low.hidden,
                             static_cast<double>(inner_size(high)) / high.hidden);
  path.group = std::exp(log_between(static_cast<double>(low.heads) / kv_heads(low),
                                    static_cast<double>(high.heads) / kv_heads(high)));
  constexpr int kVocabularyStep = 64;
  path.vocabulary = low.vocabulary == high.vocabulary
                        ? low.vocabulary
                        : rounded(std::exp(log_between(low.vocabulary, high.vocabulary)), kVocabularyStep);
  path.positions = std::min(low.positions, high.positions);
  return path;
}

/// What a name can say: everything else is the family's.
DecoderSpec shape_on(const Path& path, const Family& family, int layers, int width) {
  DecoderSpec shape = family.plain();
  shape.layers = layers;
  shape.hidden = width;
  shape.heads = heads_of(width);
  const int keys = kv_heads_of(shape.heads, path.group);
  shape.kv_heads = keys == shape.heads ? 0 : keys;
  shape.inner = rounded(path.inner_ratio * width, width < kFirstWide ? 1 : kWidthStep);
  shape.vocabulary = path.vocabulary;
  shape.positions = path.positions;
  return shape;
}

}  // namespace

std::optional<DecoderSpec> shape_between(const DecoderSpec& low, const DecoderSpec& high, double target,
                                         const std::vector<DecoderSpec>& taken) {
  const auto small = parameter_count(low);
  const auto large = parameter_count(high);
  if (small >= large || low.family != high.family) {
    return std::nullopt;
  }
  const Path path = path_between(low, high, target);
  std::vector<std::int64_t> taken_sizes;  // a count is a sum over tensors: once each, not once a candidate
  for (const DecoderSpec& other : taken) {
    taken_sizes.push_back(parameter_count(other));
  }
  std::optional<DecoderSpec> best;
  double least = std::numeric_limits<double>::infinity();
  for (const int width : widths(std::min(low.hidden, high.hidden), std::max(low.hidden, high.hidden))) {
    const DecoderSpec first = shape_on(path, *low.family, 1, width);
    if (!validate(first)) {
      continue;  // an odd head cannot turn
    }
    // Every layer has as many parameters as the first.
    const std::int64_t one = parameter_count(first);
    const std::int64_t layer = parameter_count(shape_on(path, *low.family, 2, width)) - one;
    for (int layers = std::max(1, std::min(low.layers, high.layers) - kExtraLayers);
         layers <= std::max(low.layers, high.layers) + kExtraLayers; ++layers) {
      const std::int64_t size = one + (layers - 1) * layer;
      if (size <= small || size >= large ||
          std::find(taken_sizes.begin(), taken_sizes.end(), size) != taken_sizes.end()) {
        continue;
      }
      const DecoderSpec shape = shape_on(path, *low.family, layers, width);
      if (const double distance = path.distance(shape, static_cast<double>(size)); distance < least) {
        least = distance;
        best = shape;
      }
    }
  }
  return best ? std::optional(named(*best)) : std::nullopt;
}

}  // namespace inferscale::search
