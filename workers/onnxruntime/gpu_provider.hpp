#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace inferscale::onnxruntime {

/// ONNX Runtime's CUDA provider as it lies beside the library: a plugin of its own, built for one CUDA
/// version.
struct CudaProvider {
  std::filesystem::path library;  ///< libonnxruntime_providers_cuda.so; empty when the release has none
  int cuda_major = 0;             ///< 13; 0 when it does not say
  /// Why it cannot be used here, in words to act on; empty when nothing is known to be missing.
  std::string unusable_because;
  std::string cudnn_version;  ///< "9.10.2"; empty where it cannot be used, or does not tell
};

/// Looks for the provider, the driver and the libraries that the provider needs, once a process. Opens no
/// device.
const CudaProvider& find_cuda_provider();

/// Of the cuDNN that this process has by that name ("libcudnn.so.9"): the provider takes the same. Empty
/// where the dynamic linker finds none, or it does not tell.
std::string cudnn_version(const std::string& name);

/// A library in the packages of PyPI that NVIDIA makes, under site-packages/nvidia/NAME/lib; empty where none
/// has it.
std::filesystem::path library_of_nvidia(const std::filesystem::path& packages, const std::string& name);

/// The libraries that an ELF file says it needs (DT_NEEDED): "libcublas.so.13", ... Empty for anything that
/// is no 64-bit ELF library.
std::vector<std::string> needed_libraries(const std::filesystem::path& library);

}  // namespace inferscale::onnxruntime
