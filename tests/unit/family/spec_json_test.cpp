#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "family/families.hpp"
#include "family/ladder.hpp"

namespace inferscale::family {
namespace {

using namespace model;
using testing::HasSubstr;

TEST(SpecJson, ReadsWhatIsWritten) {
  for (const Family* family : families()) {
    DecoderSpec spec = family->plain();
    spec.name = "m";
    spec.layers = 2;
    spec.hidden = 12;
    spec.heads = 3;
    spec.kv_heads = family->plain().mlp.gated ? 1 : 0;
    spec.inner = 37;
    spec.mlp.activation = Activation::gelu;
    spec.tied_head = !spec.tied_head;
    spec.scale.by_inverse_layer = true;
    spec.biases.mlp = !spec.biases.mlp;
    if (spec.position.kind == PositionKind::rope) {
      spec.position.rope = {.theta = 7,
                            .scaling = RopeScaling::yarn,
                            .factor = 3,
                            .original_positions = 5,
                            .attention_factor = 2,
                            .beta_fast = 9,
                            .beta_slow = 2,
                            .truncate = false};
      spec.window = {3, {1}};
      spec.head_size = 6;
    } else {
      spec.position.offset = 2;
    }
    const auto read = spec_from_json(to_json(spec), "place");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(to_json(*read), to_json(spec)) << family->name;
    EXPECT_EQ(*read, spec) << family->name;
  }
}

TEST(SpecJson, NamesWhatItCannotRead) {
  Json json = to_json(gpt2().ladder().front());
  const auto error_with = [&](const char* field, const Json& value) {
    Json changed = json;
    changed[field] = value;
    const auto read = spec_from_json(changed, "manifest.json");
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(error_with("layers", json["layers"]), "");
  EXPECT_THAT(error_with("family", "mamba"), HasSubstr("unknown family 'mamba'"));
  EXPECT_THAT(error_with("activation", "tanh"), HasSubstr("unknown activation 'tanh'"));
  EXPECT_THAT(error_with("norm", "batch"), HasSubstr("unknown norm 'batch'"));
  EXPECT_THAT(error_with("rope", {{"scaling", "su"}}), HasSubstr("unknown scaling 'su'"));
  EXPECT_THAT(error_with("rope", {{"base", 2}}), HasSubstr("unknown field 'base'"));
  EXPECT_THAT(error_with("heads", 0), HasSubstr("heads must be from"));
  EXPECT_THAT(error_with("experts", 8), HasSubstr("unknown field 'experts'"));
}

}  // namespace
}  // namespace inferscale::family
