#include "measure/host_shapes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace inferscale::measure {

using namespace protocol;

namespace {

struct Tensors {
  std::int32_t* ids = nullptr;
  float* logits = nullptr;
  PassLayout layout;
};

Tensors bind(const PassLayout& layout, std::int32_t* ids, float* logits) {
  return {ids, logits, layout};
}

TEST(HostShapes, ShareOneBufferAndAreBoundAnewWhenItGrows) {
  HostShapes<Tensors> shapes;
  shapes.reset({LogitsScope::all, 3});
  const std::array<std::int32_t, 20> ids{7, 8};
  shapes.prepare(std::array{Shape{1, 2}}, bind);
  shapes.prepare(std::array{Shape{4, 5}, Shape{1, 2}}, bind);
  const auto small = shapes.take({std::span(ids).first(2), {1, 2}});
  ASSERT_TRUE(small) << small.error().message;
  EXPECT_EQ((*small)->ids[0], 7);
  EXPECT_EQ((*small)->layout.logits(), 6U);
  const auto large = shapes.take({ids, {4, 5}});
  ASSERT_TRUE(large);
  EXPECT_EQ((*large)->ids, (*small)->ids);
  EXPECT_EQ((*large)->logits, (*small)->logits);
  (*large)->logits[59] = 1.5F;  // the last of 4 * 5 * 3
  EXPECT_EQ(shapes.logits({4, 5}).data, (*large)->logits);
}

TEST(HostShapes, RefuseAShapeThatWasNotPrepared) {
  HostShapes<Tensors> shapes;
  shapes.reset({LogitsScope::last, 3});
  shapes.prepare(std::array{Shape{2, 5}}, bind);
  const std::array<std::int32_t, 10> ids{};
  EXPECT_EQ(shapes.logits({2, 5}).positions, 1);
  const auto refused = shapes.take({ids, {5, 2}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "forward was called with a shape that was not prepared: [5, 2]");
  shapes.reset({LogitsScope::all, 4});
  EXPECT_FALSE(shapes.take({ids, {2, 5}}));
}

}  // namespace
}  // namespace inferscale::measure
