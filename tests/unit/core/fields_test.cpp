#include "core/fields.hpp"

#include <gtest/gtest.h>

namespace inferscale {
namespace {

struct Inner {
  int count = 2;
};
constexpr auto declared_fields(const Inner* /*type*/) {
  return std::tuple{field<&Inner::count>("count", {.required = true})};
}

struct Sample {
  std::string name;
  double seconds = 1.5;
  Inner inner = {}, nested = {};
  std::optional<Inner> maybe = {};
  Json details = Json::object();
};
constexpr auto declared_fields(const Sample* /*type*/) {
  return std::tuple{
      field<&Sample::name>("name", {.required = true}),
      field<&Sample::seconds>("seconds", {.unit = "s", .nullable = true, .range = NumberRange{0, 9}}),
      field<&Sample::inner, &Inner::count>("inner_count"),
      field<&Sample::nested>("nested"),
      field<&Sample::maybe>("maybe"),
      coded_field<JsonObjectCodec, &Sample::details>("details")};
}

struct Around {
  Sample sample;
  bool last = false;
};
double of_a_filled_one(const Around& around) {
  EXPECT_FALSE(around.sample.name.empty()) << "a struct that nobody filled has no such value";
  return 2.5;
}
constexpr auto declared_fields(const Around* /*type*/) {
  return std::tuple{EmbeddedFields<&Around::sample>{}, field<&Around::last>("last"),
                    computed_field<&of_a_filled_one>("computed")};
}

Result<Sample> parsed(const char* text) {
  const Json json = *parse_json(text, "sample");
  FieldReader reader(json, "sample");
  Sample sample;
  TRY(read_fields(reader, sample));
  TRY(reader.finish());
  return sample;
}

std::string complaint(const char* text) {
  const auto sample = parsed(text);
  return sample ? "none" : sample.error().message;
}

TEST(Fields, AreWrittenInTheOrderOfTheDeclaration) {
  EXPECT_EQ(to_line(fields_json(Sample{.name = "a"})),
            R"({"name":"a","seconds":1.5,"inner_count":2,"nested":{"count":2},"maybe":null,"details":{}})");
}

TEST(Fields, ComeBackAsTheyWereWritten) {
  const char* line =
      R"({"name":"a","seconds":2.5,"inner_count":3,"nested":{"count":4},"maybe":{"count":5},"details":{"b":1}})";
  const auto sample = parsed(line);
  ASSERT_TRUE(sample) << sample.error().message;
  EXPECT_EQ(to_line(fields_json(*sample)), line);
}

TEST(Fields, KeepWhatTheStructHasWhereTheyAreAbsent) {
  const auto sample = parsed(R"({"name":"a","seconds":null})");
  ASSERT_TRUE(sample) << sample.error().message;
  EXPECT_EQ(sample->seconds, 1.5);
  EXPECT_FALSE(sample->maybe);
}

TEST(Fields, NameWhatIsWrong) {
  EXPECT_EQ(complaint("{}"), "sample: field 'name' is missing");
  EXPECT_EQ(complaint(R"({"name":1})"), "sample: field 'name' must be a string, not 1");
  EXPECT_EQ(complaint(R"({"name":"a","other":1})"), "sample: unknown field 'other'");
  EXPECT_EQ(complaint(R"({"name":"a","nested":{}})"), "sample: nested: field 'count' is missing");
  EXPECT_EQ(complaint(R"({"name":"a","nested":{"count":1,"x":1}})"), "sample: nested: unknown field 'x'");
  EXPECT_EQ(complaint(R"({"name":"a","details":1})"), "sample: field 'details' must be an object");
}

TEST(Fields, OfAMemberStandAmongTheStructsOwn) {
  const Json json = fields_json(Around{{.name = "a"}, true});
  EXPECT_EQ(json["name"], "a");
  EXPECT_EQ(json["last"], true);
  EXPECT_EQ(json["computed"], 2.5);
}

TEST(Fields, DescribeThemselves) {
  const Json table = describe_fields<Around>();
  ASSERT_EQ(table.size(), 8U);
  EXPECT_EQ(table[1]["name"], "seconds");
  EXPECT_EQ(table[1]["type"], "number");
  EXPECT_EQ(table[1]["unit"], "s");
  EXPECT_EQ(table[1]["default"], 1.5);
  EXPECT_EQ(table[1]["range"], Json::array({0.0, 9.0}));
  EXPECT_EQ(table[6]["type"], "boolean");
  EXPECT_EQ(table[7]["type"], "number");
  EXPECT_EQ(table[7]["default"], nullptr);
}

TEST(Fields, RefuseAnotherSchemaVersion) {
  const Json json = {{"schema_version", 9}};
  FieldReader reader(json, "file");
  const auto result = read_schema_version(reader, 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "file: schema_version is 9, and this inferscale reads 1");
}

}  // namespace
}  // namespace inferscale
