#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace inferscale::onnxruntime {

/// True when the library at `file` holds `key` as a C string of its own. A session configuration key that
/// ONNX Runtime reads is one (onnxruntime_session_options_config_keys.h declares them as such); it takes any
/// other key without a word, and nothing changes. True, too, of a library that cannot be read.
bool holds_text(const std::filesystem::path& file, std::string_view key);

/// Throws Ort::Exception, which names the key, for one that this process's ONNX Runtime never reads.
void check_session_key(const std::string& key);

}  // namespace inferscale::onnxruntime
