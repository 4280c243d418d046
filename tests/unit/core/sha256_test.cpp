#include "core/sha256.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

namespace inferscale {
namespace {

// FIPS 180-4 example vectors.
TEST(Sha256, KnownVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfAScriptAsPoliciesNameIt) {
  EXPECT_EQ(sha256_base64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

/// Waiting for a writer would be for ever.
TEST(Sha256, OfWhatIsNoFileIsAnError) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const std::filesystem::path& file : {folder / "fifo", std::filesystem::path("/dev/zero")}) {
    const auto hash = sha256_file(file);
    ASSERT_FALSE(hash);
    EXPECT_EQ(hash.error().message, fmt::format("cannot read '{}': not a file", file.string()));
  }
}

}  // namespace
}  // namespace inferscale
