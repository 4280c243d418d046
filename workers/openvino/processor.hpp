#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inferscale::openvino {

/// What OpenVINO's kernels may use of a processor's features: all, or what oneDNN's variable
/// ONEDNN_MAX_CPU_ISA (`limit`: "AVX2", "AVX512_CORE", ..; empty: none) leaves.
/// https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html
std::vector<std::string> usable_features(const std::vector<std::string>& features, std::string_view limit);

/// The same of this processor and this process' environment.
std::vector<std::string> usable_features();

/// Why openvino-cpu-bf16 and -int8 cannot run, or would be slower than fp32; empty when they can.
std::string why_no_bf16(const std::vector<std::string>& usable);
std::string why_no_int8(const std::vector<std::string>& usable);

}  // namespace inferscale::openvino
