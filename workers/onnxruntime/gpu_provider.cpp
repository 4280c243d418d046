#include "gpu_provider.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <onnxruntime_c_api.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>

#include "core/error.hpp"
#include "core/shared_library.hpp"
#include "library.hpp"
#include "machine/gpu.hpp"

namespace inferscale::onnxruntime {
namespace {

/// A structure at an offset of the file, when all of it is there.
template <class Struct>
bool read_at(std::ifstream& file, std::uint64_t offset, Struct& value) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(&value), sizeof(Struct));
  return file.good();
}

std::string text_at(std::ifstream& file, std::uint64_t offset) {
  std::string text;
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  std::getline(file, text, '\0');
  return text;
}

/// Where the dynamic linker looks first; what it finds elsewhere, is_there() asks it for.
bool lies_in_known_folder(const std::string& name, const std::filesystem::path& beside) {
  std::vector<std::filesystem::path> folders{beside, "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"};
  const char* path = std::getenv("LD_LIBRARY_PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    folders.emplace_back(folder);
  }
  std::error_code ignored;
  return std::any_of(folders.begin(), folders.end(),
                     [&](const auto& folder) { return std::filesystem::exists(folder / name, ignored); });
}

/// Opened from a package of NVIDIA's it stays open, and the provider finds it by its name when it is loaded.
bool is_there(const std::string& name, const std::filesystem::path& beside) {
  if (lies_in_known_folder(name, beside) || SharedLibrary::open(name)) {
    return true;
  }
  const auto packaged = library_of_nvidia(beside.parent_path().parent_path(), name);
  return !packaged.empty() && SharedLibrary::open(packaged.string());
}

int major_of(const std::vector<std::string>& needed, std::string_view stem) {
  for (const auto& name : needed) {
    int major = 0;
    if (name.starts_with(stem) &&
        std::from_chars(name.data() + stem.size(), name.data() + name.size(), major).ec == std::errc{}) {
      return major;
    }
  }
  return 0;
}

std::string missing_libraries(const std::vector<std::string>& needed, const CudaProvider& provider) {
  std::string missing;
  for (const auto& name : needed) {
    if (!is_there(name, provider.library.parent_path())) {
      missing += (missing.empty() ? "" : ", ") + name;
    }
  }
  if (missing.empty()) {
    return {};
  }
  return fmt::format(
      "ONNX Runtime's CUDA provider needs {}, which the dynamic linker does not find: install CUDA {} with "
      "cuBLAS and "
      "cuDNN (from NVIDIA, or as packages of PyPI beside ONNX Runtime), or put their folders into "
      "LD_LIBRARY_PATH",
      missing, provider.cuda_major);
}

}  // namespace

std::filesystem::path library_of_nvidia(const std::filesystem::path& packages, const std::string& name) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(packages / "nvidia", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (auto file = entry->path() / "lib" / name; std::filesystem::is_regular_file(file, ignored)) {
      return file;
    }
  }
  return {};
}

std::vector<std::string> needed_libraries(const std::filesystem::path& library) {
  std::ifstream file(library, std::ios::binary);
  Elf64_Ehdr header{};
  if (!read_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64) {
    return {};
  }
  std::vector<std::string> needed;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr dynamic{};
    Elf64_Shdr strings{};
    if (!read_at(file, header.e_shoff + i * sizeof(Elf64_Shdr), dynamic) || dynamic.sh_type != SHT_DYNAMIC ||
        !read_at(file, header.e_shoff + dynamic.sh_link * sizeof(Elf64_Shdr), strings)) {
      continue;
    }
    Elf64_Dyn entry{};
    for (std::uint64_t at = 0; at + sizeof entry <= dynamic.sh_size; at += sizeof entry) {
      if (read_at(file, dynamic.sh_offset + at, entry) && entry.d_tag == DT_NEEDED) {
        needed.push_back(text_at(file, strings.sh_offset + entry.d_un.d_val));
      }
    }
  }
  return needed;
}

std::string cudnn_version(const std::string& name) {
  const auto library = SharedLibrary::open(name);
  const auto version_of = library ? library->find<std::size_t()>("cudnnGetVersion") : nullptr;
  if (version_of == nullptr) {
    return {};
  }
  const std::size_t version = version_of();
  const std::size_t major = version >= 90000 ? 10000 : 1000;  // 90100 is 9.1.0, and 8907 was 8.9.7
  return fmt::format("{}.{}.{}", version / major, version % major / 100, version % 100);
}

namespace {

CudaProvider look_for_provider() {
  CudaProvider provider;
  const auto library = folder_of_onnxruntime() / "libonnxruntime_providers_cuda.so";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(library, ignored)) {
    provider.unusable_because = fmt::format(
        "this ONNX Runtime has no CUDA provider ({} is missing): use the libraries of the package "
        "onnxruntime-gpu",
        library.filename().string());
    return provider;
  }
  provider.library = library;
  const auto needed = needed_libraries(library);
  provider.cuda_major = std::max(major_of(needed, "libcudart.so."), major_of(needed, "libcublas.so."));
  provider.unusable_because = machine::why_no_gpu(provider.cuda_major);
  if (provider.unusable_because.empty()) {
    provider.unusable_because = missing_libraries(needed, provider);
  }
  const auto cudnn = std::find_if(needed.begin(), needed.end(),
                                  [](const std::string& name) { return name.starts_with("libcudnn.so"); });
  if (provider.unusable_because.empty() && cudnn != needed.end()) {
    provider.cudnn_version = cudnn_version(*cudnn);
  }
  return provider;
}

}  // namespace

const CudaProvider& find_cuda_provider() {
  static const CudaProvider provider = look_for_provider();
  return provider;
}

}  // namespace inferscale::onnxruntime
