#include "protocol/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::protocol {
namespace {

using ::testing::HasSubstr;

TEST(WorkerInfo, ComesBackFromItsJson) {
  const WorkerInfo info{
      "w", "Runtime", "1.2", {{"w-cpu", "cpu", "int8", "safetensors", "fp16", "no such CPU"}}};
  const auto parsed = parse_worker_info(to_json(info), "w");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(to_json(*parsed), to_json(info));
  EXPECT_EQ(parsed->backends[0].unavailable_because, "no such CPU");
}

TEST(WorkerInfo, ErrorsNameTheField) {
  const Json good = to_json(WorkerInfo{"w", "Runtime", "1", {{"w-cpu", "cpu", "fp32", "onnx", "fp32", ""}}});
  const auto message_with = [&](const char* pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    const auto parsed = parse_worker_info(bad, "place");
    return parsed ? std::string("accepted") : parsed.error().message;
  };
  EXPECT_THAT(message_with("/worker", 1), HasSubstr("'worker'"));
  EXPECT_THAT(message_with("/backends", "none"), HasSubstr("'backends'"));
  EXPECT_THAT(message_with("/backends/0/name", "a b"), HasSubstr("backends[0]"));
  EXPECT_THAT(message_with("/backends/0/name", ""), HasSubstr("backends[0]"));
  EXPECT_THAT(message_with("/backends/0/artifact", "pickle"), HasSubstr("pickle"));
  EXPECT_THAT(message_with("/backends/0", 7), HasSubstr("backends[0]"));
}

}  // namespace
}  // namespace inferscale::protocol
