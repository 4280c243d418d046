#pragma once

#include <filesystem>

namespace inferscale::onnxruntime {

/// The file of this process's ONNX Runtime, as the dynamic linker names it; empty where it does not tell.
std::filesystem::path library_of_onnxruntime();

/// Where that file lies, symbolic links resolved: its providers lie beside it. Empty where the file is.
std::filesystem::path folder_of_onnxruntime();

/// ONNX Runtime's library in a folder of Python packages ("site-packages"): that of the package
/// onnxruntime-gpu where its CUDA provider is installed, else the newest. Empty where there is none.
std::filesystem::path library_of_packages(const std::filesystem::path& packages);

}  // namespace inferscale::onnxruntime
