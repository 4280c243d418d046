#include "machine/caches.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.hpp"

namespace inferscale::machine {
namespace {

class CachesTest : public ::testing::Test {
 protected:
  void put(const char* index, const char* level, const char* type, const char* size) const {
    std::filesystem::create_directories(folder_ / index);
    std::ofstream(folder_ / index / "level") << level << "\n";
    std::ofstream(folder_ / index / "type") << type << "\n";
    std::ofstream(folder_ / index / "size") << size << "\n";
  }
  test::TemporaryFolder folder_;
};

TEST_F(CachesTest, AreThoseThatHoldData) {
  put("index0", "1", "Data", "48K");
  put("index1", "1", "Instruction", "32K");
  put("index2", "2", "Unified", "2048K");
  put("index3", "3", "Unified", "105M");
  EXPECT_EQ(to_json(read_caches(folder_.path())),
            (Json{{"l1d_bytes", 48 << 10}, {"l2_bytes", 2 << 20}, {"l3_bytes", 105 << 20}}));
}

TEST_F(CachesTest, WhatTheKernelDoesNotTellIsLeftOut) {
  put("index0", "1", "Data", "32K");
  put("index2", "2", "Unified", "much");
  EXPECT_EQ(to_json(read_caches(folder_.path())), (Json{{"l1d_bytes", 32 << 10}}));
  EXPECT_EQ(to_json(read_caches(folder_ / "none")), Json::object());
}

}  // namespace
}  // namespace inferscale::machine
