#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace inferscale {

/// SHA-256 (FIPS 180-4) of a stream of bytes, by OpenSSL.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(const void* data, std::size_t bytes);
  /// 64 lower-case hexadecimal digits. Call once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view data);
/// As browsers' policies name a script: base64 (RFC 4648) of the 32 bytes.
std::string sha256_base64(std::string_view data);
Result<std::string> sha256_file(const std::filesystem::path& file);

}  // namespace inferscale
