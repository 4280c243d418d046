#include "tokenizer/byte_alphabet.hpp"

#include <cstddef>

#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

bool prints_as_itself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

constexpr std::size_t kAlphabetEnd = 0x144;  // the last symbol is U+0143

struct Alphabet {
  std::array<std::string, 256> symbols;
  std::array<int, kAlphabetEnd> bytes{};  ///< by code point; -1 for none

  Alphabet() {
    bytes.fill(-1);
    unsigned next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const unsigned code_point = prints_as_itself(byte) ? byte : next++;
      append_utf8(symbols[byte], code_point);
      bytes[code_point] = static_cast<int>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

}  // namespace

const std::array<std::string, 256>& byte_symbols() {
  return alphabet().symbols;
}

std::optional<std::string> bytes_of_symbols(std::string_view symbols) {
  std::string bytes;
  bytes.reserve(symbols.size());
  while (!symbols.empty()) {
    const Utf8Step step = utf8_step(symbols);
    if (!step.valid || step.length > 2) {
      return std::nullopt;
    }
    const auto first = static_cast<unsigned char>(symbols[0]);
    const std::size_t code_point =
        step.length == 1 ? first : ((first & 0x1FU) << 6U) | (static_cast<unsigned char>(symbols[1]) & 0x3FU);
    if (code_point >= kAlphabetEnd || alphabet().bytes[code_point] < 0) {
      return std::nullopt;
    }
    bytes += static_cast<char>(alphabet().bytes[code_point]);
    symbols.remove_prefix(step.length);
  }
  return bytes;
}

}  // namespace inferscale::tokenizer
