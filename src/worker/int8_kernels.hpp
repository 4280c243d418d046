#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inferscale::worker {

bool has_feature(const std::vector<std::string>& features, std::string_view feature);

/// With which weights of an int8 graph the kernels of CPU runtimes multiply exactly: 8 bits where the
/// processor adds products of u8 and s8 in 32 bits (avx512_vnni, avx_vnni, amx_int8), else 7. Without those
/// instructions ONNX Runtime and oneDNN use VPMADDUBSW, which adds two such products in 16 bits and
/// saturates: 2 x 255 x 127 = 64,770 becomes 32,767. Intel SDM, volume 2, PMADDUBSW;
/// docs/explanation/accuracy.md has the forms that were measured. `features`: as
/// Environment::processor_features.
int exact_weight_bits(const std::vector<std::string>& features);

}  // namespace inferscale::worker
