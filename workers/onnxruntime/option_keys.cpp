#include "option_keys.hpp"

#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <vector>

#include "core/mapped_file.hpp"
#include "library.hpp"

namespace inferscale::onnxruntime {
namespace {

/// The libraries that this process's ONNX Runtime consists of: its own and those of its providers; none
/// where the linker does not tell.
std::vector<std::filesystem::path> libraries_of_onnxruntime() {
  if (library_of_onnxruntime().empty()) {
    return {};
  }
  std::vector<std::filesystem::path> libraries{library_of_onnxruntime()};
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder_of_onnxruntime(), error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with("libonnxruntime_providers_")) {
      libraries.push_back(entry->path());
    }
  }
  return libraries;
}

}  // namespace

bool holds_text(const std::filesystem::path& file, std::string_view key) {
  const auto mapped = MappedFile::open(file);
  if (!mapped || key.empty()) {
    return true;
  }
  const auto bytes = mapped->bytes();
  const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (auto at = content.find(key); at != std::string_view::npos; at = content.find(key, at + 1)) {
    const auto end = at + key.size();
    if (at > 0 && content[at - 1] == '\0' && end < content.size() && content[end] == '\0') {
      return true;
    }
  }
  return false;
}

void check_session_key(const std::string& key) {
  const auto libraries = libraries_of_onnxruntime();
  const bool read = std::any_of(libraries.begin(), libraries.end(),
                                [&](const auto& library) { return holds_text(library, key); });
  if (!read && !libraries.empty()) {
    throw Ort::Exception(fmt::format("'{}' is no session option of ONNX Runtime {}: its header "
                                     "onnxruntime_session_options_config_keys.h lists those that there are",
                                     key, Ort::GetVersionString()),
                         ORT_INVALID_ARGUMENT);
  }
}

}  // namespace inferscale::onnxruntime
