#include "protocol/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::protocol {
namespace {

using ::testing::HasSubstr;

TEST(WorkerInfo, ComesBackFromItsJson) {
  WorkerInfo info{"w", "Runtime", "1.2", {{"w-cpu", "cpu", "int8", "safetensors", "fp16", "no such CPU"}}};
  info.backends[0].precision_facts = PrecisionFacts{"int8", 8.5, "fp32", "int4"};
  info.backends[0].libraries = {{"Python", "3.11.7"}};
  info.backends[0].needs = {{"onnx"}, {"onnx", "", "fp16", "", "", "generate"}};
  const auto parsed = parse_worker_info(to_json(info), "w");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(to_json(*parsed), to_json(info));
  EXPECT_EQ(parsed->backends[0].unavailable_because, "no such CPU");
  EXPECT_EQ(parsed->backends[0].precision_facts->bits, 8.5);
  EXPECT_EQ(parsed->backends[0].needs, info.backends[0].needs);
  EXPECT_EQ(parsed->backends[0].libraries, info.backends[0].libraries);
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
  const std::string endless(1U << 20U, 'x');
  EXPECT_THAT(message_with("/backends/0/name", endless),
              HasSubstr("name has 1048576 bytes, and may have 200"));
  EXPECT_THAT(message_with("/runtime_version", endless), HasSubstr("runtime_version has 1048576 bytes"));
  const Json facts{{"name", "fp32"}, {"bits", 32}, {"computes", "fp32"}, {"gate", "fp32"}};
  EXPECT_EQ(message_with("/backends/0/precision_facts", facts), "accepted");
  const auto with = [&](const char* field, const Json& value) {
    Json bad = facts;
    bad[field] = value;
    return message_with("/backends/0/precision_facts", bad);
  };
  EXPECT_THAT(with("bits", 0), HasSubstr("bits must be above 0 and at most 64, not 0"));
  EXPECT_THAT(with("bits", 65), HasSubstr("not 65"));
  EXPECT_THAT(with("gate", 8), HasSubstr("'gate'"));
  EXPECT_THAT(with("name", "q4"), HasSubstr("name is 'q4', and the backend's precision 'fp32'"));
  EXPECT_EQ(with("groups", 32), "accepted");  // of a later minor version
  EXPECT_THAT(message_with("/backends/0/precision_facts", Json{{"name", "fp32"}}),
              HasSubstr("'bits' is missing"));
  EXPECT_THAT(message_with("/backends/0/precision_facts", "int4"), HasSubstr("precision_facts"));
  EXPECT_THAT(message_with("/backends/0/libraries", 3), HasSubstr("libraries: must be an object"));
  EXPECT_THAT(message_with("/backends/0/libraries", Json{{"Python", 3}}),
              HasSubstr("the version of 'Python' must be a string"));
  EXPECT_THAT(message_with("/backends/0/libraries", Json{{"Python", endless}}), HasSubstr("1048576 bytes"));
}

}  // namespace
}  // namespace inferscale::protocol
