#include "model/rope.hpp"

#include <algorithm>
#include <cmath>

#include "model/spec_fields.hpp"

namespace inferscale::model {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLargest = 1e12;  ///< of theta, and of factors

Result<void> within(std::string_view rope, const char* field, double value, double low, double high) {
  if (!(value >= low && value <= high)) {
    return fail("{}: {} must be from {} to {}, not {}", rope, field, low, high, value);
  }
  return {};
}

bool has_original_positions(RopeScaling scaling) {
  return scaling == RopeScaling::llama3 || scaling == RopeScaling::yarn;
}

/// theta^(-2i/n): a power in fp32 and a division in fp32.
std::vector<float> plain_frequencies(const Rope& rope, int head_size) {
  std::vector<float> frequencies;
  for (int i = 0; i < head_size; i += 2) {
    const float exponent = static_cast<float>(i) / static_cast<float>(head_size);
    const auto power = static_cast<float>(std::pow(rope.theta, static_cast<double>(exponent)));
    frequencies.push_back(1.0F / power);
  }
  return frequencies;
}

void scale_llama3(const Rope& rope, std::vector<float>& frequencies) {
  const auto factor = static_cast<float>(rope.factor);
  const auto original = static_cast<float>(rope.original_positions);
  const auto low = static_cast<float>(rope.low_freq_factor);
  const double longest = rope.original_positions / rope.low_freq_factor;
  const double shortest = rope.original_positions / rope.high_freq_factor;
  const auto step = static_cast<float>(rope.high_freq_factor - rope.low_freq_factor);
  for (float& frequency : frequencies) {
    const float wave = static_cast<float>(2 * kPi) / frequency;
    if (wave > static_cast<float>(longest)) {
      frequency /= factor;
    } else if (wave >= static_cast<float>(shortest)) {
      const float smooth = (original / wave - low) / step;
      frequency = (1.0F - smooth) * frequency / factor + smooth * frequency;
    }
  }
}

/// The pair of elements that turns `turns` times in the original context.
double pair_that_turns(const Rope& rope, double turns, int head_size) {
  return head_size * std::log(rope.original_positions / (turns * 2 * kPi)) / (2 * std::log(rope.theta));
}

void scale_yarn(const Rope& rope, int head_size, std::vector<float>& frequencies) {
  double low = pair_that_turns(rope, rope.beta_fast, head_size);
  double high = pair_that_turns(rope, rope.beta_slow, head_size);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(head_size - 1));
  if (low == high) {
    high += 0.001;  // as transformers: no division by 0
  }
  const auto begin = static_cast<float>(low);
  const auto width = static_cast<float>(high - low);
  const auto factor = static_cast<float>(rope.factor);
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const float ramp = std::clamp((static_cast<float>(i) - begin) / width, 0.0F, 1.0F);
    const float kept = 1.0F - ramp;
    const float interpolated = 1.0F / (factor * (1.0F / frequencies[i]));
    frequencies[i] = interpolated * (1.0F - kept) + frequencies[i] * kept;
  }
}

}  // namespace

std::string_view to_string(RopeScaling scaling) {
  return kRopeScalings.at(static_cast<std::size_t>(scaling));
}

Result<void> validate(const Rope& rope, int head_size, const SpecNames& names) {
  if (head_size % 2 != 0) {
    return fail("rope turns pairs of elements, so {} must be even, not {}", names.head_size, head_size);
  }
  if (!(rope.theta > 1 && rope.theta <= kLargest)) {
    return fail("{} must lie above 1 and be at most {}, not {}", names.rope_theta, kLargest, rope.theta);
  }
  TRY(within(names.rope, "factor", rope.factor, 1, kLargest));
  TRY(within(names.rope, "attention_factor", rope.attention_factor, 1e-6, 1e6));
  TRY(within(names.rope, "low_freq_factor", rope.low_freq_factor, 1e-6, kLargest));
  TRY(within(names.rope, "high_freq_factor", rope.high_freq_factor, 1e-6, kLargest));
  TRY(within(names.rope, "beta_slow", rope.beta_slow, 1e-6, kLargest));
  TRY(within(names.rope, "beta_fast", rope.beta_fast, rope.beta_slow, kLargest));
  if (rope.low_freq_factor >= rope.high_freq_factor) {
    return fail("{}: low_freq_factor, {}, must be below high_freq_factor, {}", names.rope,
                rope.low_freq_factor, rope.high_freq_factor);
  }
  if (has_original_positions(rope.scaling)) {
    TRY(within(names.rope, "original_max_position_embeddings", rope.original_positions, 1, kLargest));
  }
  return {};
}

std::vector<float> rope_frequencies(const Rope& rope, int head_size) {
  auto frequencies = plain_frequencies(rope, head_size);
  switch (rope.scaling) {
    case RopeScaling::linear:
      for (float& frequency : frequencies) {
        frequency /= static_cast<float>(rope.factor);
      }
      break;
    case RopeScaling::llama3:
      scale_llama3(rope, frequencies);
      break;
    case RopeScaling::yarn:
      scale_yarn(rope, head_size, frequencies);
      break;
    case RopeScaling::none:
    case RopeScaling::dynamic:
      break;
  }
  return frequencies;
}

RopeTable rope_table(const Rope& rope, int head_size, int positions) {
  const auto frequencies = rope_frequencies(rope, head_size);
  RopeTable table;
  table.cos.reserve(frequencies.size() * static_cast<std::size_t>(positions));
  table.sin.reserve(table.cos.capacity());
  const auto scale = static_cast<float>(rope.attention_factor);
  for (int place = 0; place < positions; ++place) {
    for (const float frequency : frequencies) {
      const auto angle = static_cast<double>(static_cast<float>(place) * frequency);
      table.cos.push_back(static_cast<float>(std::cos(angle)) * scale);
      table.sin.push_back(static_cast<float>(std::sin(angle)) * scale);
    }
  }
  return table;
}

}  // namespace inferscale::model
