#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "model/spec_names.hpp"

namespace inferscale::model {

/// How frequencies are changed for contexts longer than those of pretraining, under transformers' names.
enum class RopeScaling { none, linear, dynamic, llama3, yarn };
std::string_view to_string(RopeScaling scaling);

/// Rotary position embedding (Su et al. 2021, "RoFormer"): elements i and i + n/2 of a head of n elements
/// turn by place x theta^(-2i/n) radians.
///
/// linear (Chen et al. 2023, "Position Interpolation"): every frequency / factor. dynamic: nothing up to the
/// model's positions, beyond which no sequence goes here. llama3 (Llama 3.1): long waves / factor, and a
/// smooth step to short ones. yarn (Peng et al. 2023, "YaRN"): a ramp between both, and cos and sin are
/// multiplied by attention_factor.
struct Rope {
  double theta = 10000;
  RopeScaling scaling = RopeScaling::none;
  double factor = 1;
  int original_positions = 0;                        ///< of llama3 and yarn: the context of pretraining
  double low_freq_factor = 1, high_freq_factor = 4;  ///< of llama3
  double attention_factor = 1;                       ///< of yarn
  double beta_fast = 32, beta_slow = 1;              ///< of yarn: turns in the original context
  bool truncate = true;                              ///< of yarn: the ramp's ends are whole numbers
  friend bool operator==(const Rope&, const Rope&) = default;
};

/// Every number in range; the error names the field as `names` has it.
Result<void> validate(const Rope& rope, int head_size, const SpecNames& names = {});

/// head_size / 2 of them, radians a place, computed as transformers does: in fp32, one rounding an operation.
std::vector<float> rope_frequencies(const Rope& rope, int head_size);

/// Row-major [positions, head_size / 2]: cosines and sines of place x frequency, times attention_factor. The
/// angle is rounded to fp32 as transformers' is (at place 8,191 that is up to 2.4e-4 radians, which a model
/// was trained with), its cosine and sine are computed in double.
struct RopeTable {
  std::vector<float> cos, sin;
};
RopeTable rope_table(const Rope& rope, int head_size, int positions);

}  // namespace inferscale::model
