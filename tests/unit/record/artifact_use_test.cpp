#include "record/artifact_use.hpp"

#include "family/families.hpp"

#include <gtest/gtest.h>

namespace inferscale::record {
namespace {

ArtifactUse engine() {
  ArtifactUse use;
  use.model = "gpt2";
  use.backend = "tensorrt-int8";
  use.mode = protocol::Mode::generate;
  use.files = {{"gpt2/tensorrt/x.engine", "ab"}};
  use.precision = "int8";
  use.form = "qdq";
  use.weight_bits = 8;
  use.dialect = "portable";
  use.seconds = 240;
  use.bytes = 1e8;
  use.calibration_s = 10;
  use.build_s = 200.5;
  use.gpu_memory_peak_mb = 1234.5;
  use.layers = 136;
  use.int8_layers = 60;
  use.profiles = 3;
  return use;
}

UsedModel small() {
  model::DecoderSpec config = family::gpt2().plain();
  config.name = "mine";
  config.layers = 1;
  config.hidden = config.heads = 4;
  config.inner = 16;
  return {"mine", parameter_count(config), config};
}

TEST(ArtifactUse, IsReadAsItWasWritten) {
  ArtifactUse unknown;
  unknown.model = "m";
  unknown.backend = "b";
  const Json manifest{{"uses", {to_json(engine()), to_json(unknown)}}, {"models", {to_json(small())}}};
  const StudyUses read = uses_of(manifest);
  ASSERT_EQ(read.uses.size(), 2U);
  EXPECT_EQ(to_json(read.uses[0]), to_json(engine()));
  EXPECT_FALSE(read.uses[1].seconds);  // not known is not 0
  EXPECT_FALSE(read.uses[1].layers);
  ASSERT_EQ(read.models.size(), 1U);
  EXPECT_EQ(read.models[0].config, small().config);
}

TEST(ArtifactUse, WhatIsNotUnderstoodIsLeftOut) {
  Json other = to_json(engine());
  other["mode"] = "telepathy";
  Json later = to_json(small());
  later["config"]["experts"] = 8;
  const StudyUses read = uses_of(Json{{"uses", {3, nullptr, other, Json::object()}}, {"models", {7, later}}});
  EXPECT_TRUE(read.uses.empty());
  EXPECT_TRUE(read.models.empty());
  for (const Json& manifest : {Json(nullptr), Json(3), Json{{"uses", 3}}, Json::object()}) {
    EXPECT_TRUE(uses_of(manifest).uses.empty()) << manifest;
  }
}

}  // namespace
}  // namespace inferscale::record
