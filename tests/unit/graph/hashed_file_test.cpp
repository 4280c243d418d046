#include "onnx/hashed_file.hpp"

#include <gtest/gtest.h>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::test {
namespace {

class HashedFileIn : public testing::TestWithParam<PageCache> {};

TEST_P(HashedFileIn, HashesWhatItWritesInPiecesOfAnySize) {
  const TemporaryFolder folder;
  auto file = onnx_graph::HashedFile::create(folder / "file", GetParam());
  ASSERT_TRUE(file) << file.error().message;
  std::size_t bytes = 0;
  for (const std::size_t size :
       {std::size_t{3} << 20, std::size_t{5}, std::size_t{1} << 20, std::size_t{0}}) {
    std::string piece(size, 'a');
    for (std::size_t i = 0; i < size; ++i) {
      piece[i] = static_cast<char>('a' + (bytes + i) % 23);
    }
    ASSERT_TRUE(file->write(piece));
    bytes += size;
  }
  const auto written = file->finish();
  ASSERT_TRUE(written) << written.error().message;
  ASSERT_TRUE(file->publish());
  EXPECT_EQ(written->bytes, bytes);
  EXPECT_EQ(file->bytes(), bytes);
  EXPECT_EQ(written->sha256, *sha256_file(folder / "file"));
}

INSTANTIATE_TEST_SUITE_P(PageCaches, HashedFileIn, testing::Values(PageCache::keep, PageCache::pass_by));

}  // namespace
}  // namespace inferscale::test
