#include "option_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::onnxruntime {
namespace {

TEST(HoldsText, WantsAWholeStringOfC) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "library", std::string("a\0session.use\0longer.key\0end", 28)));
  EXPECT_TRUE(holds_text(folder / "library", "session.use"));
  EXPECT_TRUE(holds_text(folder / "library", "longer.key"));
  for (const char* other : {"session.us", "ession.use", "key", "end", "none", "a"}) {
    EXPECT_FALSE(holds_text(folder / "library", other)) << other;
  }
  EXPECT_TRUE(holds_text(folder / "no-such-library", "none"));
}

TEST(SessionKeys, ThoseThatTheLibraryReadsAreTaken) {
  for (const char* key : {"session.intra_op.allow_spinning", "session.disable_prepacking",
                          "optimization.disable_specified_optimizers"}) {
    EXPECT_NO_THROW(check_session_key(key)) << key;
  }
}

TEST(SessionKeys, OthersAreRefusedByName) {
  for (const char* key : {"session.intra_op.allow_spining", "foo", "session"}) {
    try {
      check_session_key(key);
      FAIL() << key;
    } catch (const std::exception& refused) {
      EXPECT_THAT(refused.what(), testing::HasSubstr(std::string("'") + key + "' is no session option"));
    }
  }
}

}  // namespace
}  // namespace inferscale::onnxruntime
