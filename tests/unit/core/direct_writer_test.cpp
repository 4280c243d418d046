#include "core/direct_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale {
namespace {

constexpr std::size_t kBuffer = 4U << 20U;  // what DirectWriter hands over at a time

std::string text_of(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) {
    text[i] = static_cast<char>('a' + i % 23);
  }
  return text;
}

std::error_code append(DirectWriter& writer, std::string_view text) {
  return writer.append(std::as_bytes(std::span(text)));
}

/// A file of so many bytes, appended in pieces that never end where a buffer does.
class DirectWriterOf : public testing::TestWithParam<std::size_t> {};

TEST_P(DirectWriterOf, WritesEachByteInItsPlace) {
  const test::TemporaryFolder folder;
  const std::string text = text_of(GetParam());
  {
    const FileDescriptor file(::open((folder / "file").c_str(), O_WRONLY | O_CREAT, 0600));
    DirectWriter first(file.get());
    DirectWriter writer(std::move(first));
    constexpr std::size_t kPiece = 1'000'003;
    for (std::size_t at = 0; at < text.size(); at += kPiece) {
      ASSERT_FALSE(append(writer, std::string_view(text).substr(at, kPiece)));
    }
    ASSERT_FALSE(writer.finish());
  }
  EXPECT_TRUE(*read_file(folder / "file") == text);
}

INSTANTIATE_TEST_SUITE_P(Bytes, DirectWriterOf,
                         testing::Values(0, 1, kBuffer - 1, kBuffer, kBuffer + 1, 2 * kBuffer,
                                         3 * kBuffer + 4096, 3 * kBuffer + 4097));

// /dev/full refuses O_DIRECT as some file systems do, and then all bytes as a full disk does.
TEST(DirectWriter, SaysInTheEndWhatTheDiskDidNotTake) {
  const FileDescriptor full(::open("/dev/full", O_WRONLY));
  for (const std::size_t bytes : {std::size_t{1}, kBuffer, 3 * kBuffer}) {
    DirectWriter writer(full.get());
    const auto early = append(writer, text_of(bytes));
    const auto error = early ? early : writer.finish();
    EXPECT_EQ(error, std::errc::no_space_on_device) << bytes;
  }
}

}  // namespace
}  // namespace inferscale
