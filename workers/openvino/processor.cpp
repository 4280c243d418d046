#include "processor.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "machine/environment.hpp"
#include "worker/int8_kernels.hpp"

namespace inferscale::openvino {
namespace {

/// A value of ONEDNN_MAX_CPU_ISA and the features that it takes away; unknown and larger values take none.
struct Limit {
  std::string_view value;
  std::vector<std::string_view> without;
};

const std::vector<Limit>& limits() {
  static const std::vector<std::string_view> kAllOfAvx512{
      "avx512f", "avx512bw", "avx512_vnni", "amx_int8", "amx_bf16", "amx_tile", "avx512_bf16", "avx512_fp16"};
  static const std::vector<std::string_view> kAllAboveAvx2 = [] {
    auto all = kAllOfAvx512;
    all.emplace_back("avx_vnni");
    return all;
  }();
  static const std::vector<Limit> all{
      {"SSE41", kAllAboveAvx2},
      {"AVX", kAllAboveAvx2},
      {"AVX2", kAllAboveAvx2},
      {"AVX2_VNNI", kAllOfAvx512},
      {"AVX2_VNNI_2", kAllOfAvx512},
      {"AVX512_CORE",
       {"avx512_vnni", "avx_vnni", "amx_int8", "amx_bf16", "amx_tile", "avx512_bf16", "avx512_fp16"}},
      {"AVX512_CORE_VNNI", {"amx_int8", "amx_bf16", "amx_tile", "avx512_bf16", "avx512_fp16"}},
  };
  return all;
}

}  // namespace

std::vector<std::string> usable_features(const std::vector<std::string>& features, std::string_view limit) {
  std::string upper(limit);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const auto found =
      std::find_if(limits().begin(), limits().end(), [&](const Limit& one) { return one.value == upper; });
  std::vector<std::string> usable = features;
  if (found != limits().end()) {
    std::erase_if(usable, [&](const std::string& feature) {
      return std::find(found->without.begin(), found->without.end(), feature) != found->without.end();
    });
  }
  return usable;
}

std::vector<std::string> usable_features() {
  for (const char* name : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"}) {
    if (const char* limit = std::getenv(name)) {
      return usable_features(machine::processor_features(), limit);
    }
  }
  return machine::processor_features();
}

/// OpenVINO computes bf16 on any processor with AVX-512, in software where it must; slower than fp32.
std::string why_no_bf16(const std::vector<std::string>& usable) {
  const bool has_it = worker::has_feature(usable, "avx512_bf16") || worker::has_feature(usable, "amx_bf16");
  return has_it ? "" : "this processor has no bf16 instructions (avx512_bf16 or amx_bf16)";
}

/// Measured: docs/explanation/accuracy.md.
std::string why_no_int8(const std::vector<std::string>& usable) {
  const bool fast = worker::has_feature(usable, "avx512bw") || worker::exact_weight_bits(usable) == 8;
  return fast ? ""
              : "OpenVINO's int8 is slower than its fp32 on a processor with neither AVX-512 nor VNNI "
                "(avx512bw, avx_vnni)";
}

}  // namespace inferscale::openvino
