#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "model/safetensors.hpp"

namespace inferscale::model {

/// What a safetensors header says, checked against the size of the data behind it.
struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  ///< in the order of their offsets
  std::map<std::string, std::string> metadata;
};

/// Parses and checks the JSON of a header. Its errors name the tensor; the caller adds the file.
Result<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::uint64_t data_bytes);

/// The reverse, padded with spaces so that the data starts on 8 bytes. Fills in offset and bytes of the
/// tensors.
Result<std::string> make_safetensors_header(std::vector<TensorInfo>& tensors,
                                            const std::map<std::string, std::string>& metadata);

}  // namespace inferscale::model
