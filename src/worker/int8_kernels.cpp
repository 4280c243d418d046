#include "worker/int8_kernels.hpp"

#include <algorithm>

namespace inferscale::worker {

bool has_feature(const std::vector<std::string>& features, std::string_view feature) {
  return std::find(features.begin(), features.end(), feature) != features.end();
}

int exact_weight_bits(const std::vector<std::string>& features) {
  const bool exact = has_feature(features, "avx512_vnni") || has_feature(features, "avx_vnni") ||
                     has_feature(features, "amx_int8");
  return exact ? 8 : 7;
}

}  // namespace inferscale::worker
