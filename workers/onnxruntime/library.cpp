#include "library.hpp"

#include <dlfcn.h>
#include <onnxruntime_cxx_api.h>

#include <system_error>

namespace inferscale::onnxruntime {

std::filesystem::path library_of_onnxruntime() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&OrtGetApiBase), &info) == 0 || info.dli_fname == nullptr) {
    return {};
  }
  return info.dli_fname;
}

std::filesystem::path folder_of_onnxruntime() {
  std::error_code ignored;
  return std::filesystem::canonical(library_of_onnxruntime(), ignored).parent_path();
}

}  // namespace inferscale::onnxruntime
