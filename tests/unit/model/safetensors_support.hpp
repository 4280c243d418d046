#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace inferscale::test {

/// The bytes of a safetensors file with this header, right or wrong, and this data.
inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes.append(header).append(data);
}

inline void write_bytes(const std::filesystem::path& file, std::string_view bytes) {
  std::filesystem::remove(
      file);  // ext4 flushes a file that is truncated and written again; fuzzers do it thousands of times
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace inferscale::test
