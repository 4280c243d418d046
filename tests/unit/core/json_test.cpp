#include "core/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale {
namespace {
using testing::HasSubstr;

TEST(ParseJson, NamesThePlaceAndTheByte) {
  const auto result = parse_json("{\"a\": }", "plan.json");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("plan.json: not valid JSON"));
  EXPECT_THAT(result.error().message, HasSubstr("byte 7"));
}

TEST(ParseJson, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_THAT(parse_json(R"({"a":1,"a":2})", "x").error().message, HasSubstr("'a' appears twice"));
  EXPECT_THAT(parse_json(R"({"o":[{"b":1,"b":2}]})", "x").error().message, HasSubstr("'b' appears twice"));
  EXPECT_TRUE(parse_json(R"({"o":{"b":1},"p":{"b":2}})", "x"));
}

TEST(ParseJson, RefusesDeepNestingInsteadOfOverflowingTheStack) {
  EXPECT_THAT(parse_json(std::string(1000000, '['), "x").error().message, HasSubstr("nested deeper"));
}

TEST(ParseSortedJson, IsAsStrictAndReadsManyKeys) {
  EXPECT_THAT(parse_sorted_json(R"({"a":1,"a":2})", "x").error().message,
              HasSubstr("x: key 'a' appears twice"));
  EXPECT_THAT(parse_sorted_json("{", "x").error().message, HasSubstr("x: not valid JSON"));
  EXPECT_THAT(parse_sorted_json(std::string(1000000, '['), "x").error().message, HasSubstr("nested deeper"));
  std::string text = "{\"key\":0";
  for (int i = 1; i < 50000; ++i) {
    text += fmt::format(",\"key{}\":{}", i, i);
  }
  const auto json = parse_sorted_json(text + "}", "x");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->size(), 50000);
  EXPECT_EQ(json->at("key49999"), 49999);
}

TEST(ToLine, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(to_line(Json{{"error", "bad \xff byte"}}), "{\"error\":\"bad \xef\xbf\xbd byte\"}");
}

TEST(FieldReader, ReadsAndRefuses) {
  const Json json = *parse_json(R"({"n":3,"s":"x","list":[1,2],"huge":99999999999,"extra":1})", "p");
  FieldReader fields(json, "p");
  int n = 0;
  std::string s;
  std::vector<int> list;
  EXPECT_TRUE(fields.read("n", n));
  EXPECT_TRUE(fields.read("s", s));
  EXPECT_TRUE(fields.read("list", list));
  EXPECT_EQ(n, 3);
  EXPECT_EQ(list, (std::vector<int>{1, 2}));
  EXPECT_THAT(fields.read("s", n).error().message, HasSubstr("field 's' must be an integer, not \"x\""));
  EXPECT_THAT(fields.read("huge", n).error().message,
              HasSubstr("field 'huge' must be from -2147483648 to 2147483647, not 99999999999"));
  EXPECT_THAT(fields.require("missing", n).error().message, HasSubstr("field 'missing' is missing"));
  EXPECT_THAT(fields.finish().error().message, HasSubstr("unknown field 'extra'"));
}

}  // namespace
}  // namespace inferscale
