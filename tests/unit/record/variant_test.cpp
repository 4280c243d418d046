#include "record/variant.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/row_reader.hpp"
#include "unit/record/samples.hpp"

namespace inferscale::record {
namespace {

using testing::HasSubstr;

TEST(Variant, IsReadFromAnOption) {
  const auto variant = parse_variant(
      "new=onnxruntime-cpu,threads=2,mode=fast,list=[1,2],library=/opt/ort,worker=./w", "--variant");
  ASSERT_TRUE(variant) << variant.error().message;
  EXPECT_EQ(variant->name, "new");
  EXPECT_EQ(variant->backend, "onnxruntime-cpu");
  EXPECT_EQ(variant->options, (Json{{"threads", 2}, {"mode", "fast"}, {"list", {1, 2}}}));
  EXPECT_EQ(variant->library, "/opt/ort");
  EXPECT_EQ(variant->worker, "./w");
  EXPECT_EQ(describe(*variant),
            "onnxruntime-cpu, threads=2, mode=fast, list=[1,2], library /opt/ort, worker ./w");
  for (const char* wrong : {"onnxruntime-cpu", "new=onnxruntime-cpu,fast", "new=a,=1", "new=a,x=1,x=2",
                            "new=a,library=,library=b"}) {
    const auto refused = parse_variant(wrong, "--variant");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_TRUE(refused.error().usage);
  }
}

Plan with_variants() {
  Plan plan = test::small_plan();
  plan.variants = {{"base", "null", Json::object(), {}, {}}, {"new", "null", Json{{"x", 2}}, {}, {}}};
  plan.backends = {"null@base", "null@new", "onnxruntime-cpu"};
  plan.backend_options["null"] = Json{{"x", 1}, {"y", 1}};
  return plan;
}

TEST(Variant, APlanKeepsItAndItsOptionsGoOverTheBackends) {
  const Plan plan = with_variants();
  ASSERT_TRUE(validate(plan, "plan"));
  const auto again = parse_plan(to_json(plan), "plan");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_json(*again), to_json(plan));
  EXPECT_EQ(options_of(plan, "null@new"), (Json{{"x", 2}, {"y", 1}}));
  EXPECT_EQ(options_of(plan, "null@base"), options_of(plan, "null"));
  EXPECT_EQ(options_of(plan, "onnxruntime-cpu"), Json::object());
}

TEST(Variant, WhatAPlanCannotMean) {
  const auto error_of = [](const Plan& plan) {
    const auto valid = validate(plan, "plan");
    return valid ? std::string("none") : valid.error().message;
  };
  Plan plan = with_variants();
  plan.backends.pop_back();
  plan.backends.pop_back();
  EXPECT_THAT(error_of(plan), HasSubstr("variant 'null@new' is not measured: add it to 'backends'"));
  plan = with_variants();
  plan.backends.emplace_back("null@other");
  EXPECT_THAT(error_of(plan), HasSubstr("'null@other' in 'backends' is no variant"));
  plan = with_variants();
  plan.variants[1].name = "base";
  EXPECT_THAT(error_of(plan), HasSubstr("two variants 'null@base'"));
  plan.variants[1].name = "a b";
  EXPECT_THAT(error_of(plan), HasSubstr("a name is letters"));
}

TEST(Variant, ItsRowsHaveAFieldMoreAndOthersAreAsTheyWere) {
  Row row = test::ok_row({"m", "null", protocol::builtin_scenarios()[0], protocol::Mode::prefill, 0});
  EXPECT_FALSE(to_json(row).contains("variant"));
  const std::string plain = identity(row);
  row.variant = "new";
  EXPECT_EQ(to_json(row)["variant"], "new");
  EXPECT_EQ(to_json(row)["backend"], "null");
  EXPECT_NE(identity(row), plain);
  EXPECT_EQ(identity(row), identity(Repetition{"m", "null@new", row.scenario, protocol::Mode::prefill, 0}));
  RowReader reader;
  const auto read = reader.read(to_line(to_json(row)), "line");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->variant, "new");
  row.variant.clear();
  EXPECT_EQ(reader.read(to_line(to_json(row)), "line")->variant, "");
}

TEST(Variant, RepetitionsOfOneNumberStandSideBySideInADrawnOrder) {
  const auto order = schedule(with_variants());
  EXPECT_EQ(order.size(), 72U);
  int base_first = 0;
  int pairs = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i].backend == "onnxruntime-cpu") {
      continue;
    }
    ASSERT_LT(i + 1, order.size());
    Repetition other = order[i + 1];
    other.backend = order[i].backend;
    EXPECT_EQ(identity(other), identity(order[i]));
    EXPECT_NE(order[i + 1].backend, order[i].backend);
    base_first += order[i].backend == "null@base" ? 1 : 0;
    ++pairs;
    ++i;
  }
  EXPECT_EQ(pairs, 24);
  EXPECT_GT(base_first, 4);
  EXPECT_LT(base_first, 20);
}

}  // namespace
}  // namespace inferscale::record
