#include "calibration_batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "core/json.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::tensorrt {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CalibrationBatchesTest : public ::testing::Test {
 protected:
  Result<CalibrationBatches> read(const std::string& text) {
    EXPECT_TRUE(write_file_atomic(folder_ / "samples.json", text));
    return read_calibration_batches(folder_ / "samples.json", 50);
  }
  std::string refusal(const std::string& text) {
    const auto batches = read(text);
    EXPECT_FALSE(batches) << text;
    return batches ? "" : batches.error().message;
  }
  /// `count` samples of `length` tokens: 0, 1, 2 ...
  static std::string samples(int count, int length) {
    Json tokens = Json::array();
    for (int i = 0; i < count; ++i) {
      tokens.push_back(Json::array());
      for (int j = 0; j < length; ++j) {
        tokens.back().push_back((i * length + j) % 50);
      }
    }
    return to_line(Json{{"tokens", tokens}});
  }
  test::TemporaryFolder folder_;
};

TEST_F(CalibrationBatchesTest, AreOfEightAndTheRestIsLeftOut) {
  const auto batches = read(samples(21, 2));
  ASSERT_TRUE(batches) << batches.error().message;
  EXPECT_EQ(batches->shape, (protocol::Shape{8, 2}));
  ASSERT_EQ(batches->batches.size(), 2U);
  for (std::size_t batch = 0; batch < 2; ++batch) {
    ASSERT_EQ(batches->batches[batch].size(), 16U);
    for (std::size_t i = 0; i < 16; ++i) {
      EXPECT_EQ(batches->batches[batch][i], static_cast<std::int32_t>((batch * 16 + i) % 50));
    }
  }
}

TEST_F(CalibrationBatchesTest, FewSamplesAreOneBatch) {
  const auto batches = read(R"({"tokens": [[1, 2, 3], [4, 5, 49]]})");
  ASSERT_TRUE(batches) << batches.error().message;
  EXPECT_EQ(batches->shape, (protocol::Shape{2, 3}));
  EXPECT_THAT(batches->batches, ElementsAre(ElementsAre(1, 2, 3, 4, 5, 49)));
}

TEST_F(CalibrationBatchesTest, WrongFilesAreRefusedByName) {
  EXPECT_THAT(read_calibration_batches(folder_ / "none.json", 50).error().message, HasSubstr("none.json"));
  for (const char* text : {"[]", "{}", "3", R"({"tokens": []})", R"({"tokens": {}})"}) {
    EXPECT_THAT(refusal(text),
                AllOf(HasSubstr("samples.json"), HasSubstr("'tokens' must be a list of samples")))
        << text;
  }
  EXPECT_THAT(refusal(R"({"tokens": [[1], 2]})"), HasSubstr("a sample must be a list"));
  EXPECT_THAT(refusal(R"({"tokens": [[]]})"), HasSubstr("a sample must be a list"));
  EXPECT_THAT(refusal(R"({"tokens": [[1, 2], [3]]})"), HasSubstr("these have 2 and 1 tokens"));
  for (const char* id : {"-1", "50", "99999999999", "1.5", "\"1\""}) {
    EXPECT_THAT(refusal(fmt::format(R"({{"tokens": [[1, {}]]}})", id)),
                HasSubstr("no token id of a vocabulary of 50"));
  }
  EXPECT_FALSE(read("{\"tokens\": [[1"));
}

}  // namespace
}  // namespace inferscale::tensorrt
