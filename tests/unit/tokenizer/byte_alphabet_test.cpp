#include "tokenizer/byte_alphabet.hpp"

#include <gtest/gtest.h>

#include <set>

namespace inferscale::tokenizer {
namespace {

TEST(ByteAlphabet, GivesEachByteASymbolOfItsOwnAndBack) {
  std::set<std::string> seen;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::string& symbol = byte_symbols()[byte];
    EXPECT_TRUE(seen.insert(symbol).second);
    EXPECT_EQ(bytes_of_symbols(symbol), std::string(1, static_cast<char>(byte)));
  }
}

TEST(ByteAlphabet, IsTheOneOfGpt2) {
  EXPECT_EQ(byte_symbols()[' '], "\u0120");
  EXPECT_EQ(byte_symbols()['\n'], "\u010A");
  EXPECT_EQ(byte_symbols()['~'], "~");
  EXPECT_EQ(byte_symbols()[0x7F], "\u0121");
  EXPECT_EQ(byte_symbols()[0xAD], "\u0143");
  EXPECT_EQ(byte_symbols()[0xFF], "\u00FF");
}

TEST(ByteAlphabet, RefusesOtherCharacters) {
  for (const char* token : {" ", "\u2581the", "a\u0144", "\u00AD", "\xFF", "\xC4"}) {
    EXPECT_FALSE(bytes_of_symbols(token)) << token;
  }
}

}  // namespace
}  // namespace inferscale::tokenizer
