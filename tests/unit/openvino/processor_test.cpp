#include "processor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/int8_kernels.hpp"

namespace inferscale::openvino::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using worker::exact_weight_bits;
using Features = std::vector<std::string>;

// Zen 2 or Haswell; Skylake-X; Alder Lake; Zen 5; Sapphire Rapids.
const Features kAvx2{"fma", "avx", "f16c", "avx2"};
const Features kAvx512{"fma", "avx", "f16c", "avx2", "avx512f", "avx512bw"};
const Features kAvxVnni{"fma", "avx", "f16c", "avx2", "avx_vnni"};
const Features kAvx512Vnni{"fma", "avx", "avx2", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16"};
const Features kAmx{"avx", "avx2", "avx512f", "avx512bw", "avx512_vnni", "amx_tile", "amx_int8", "amx_bf16"};

TEST(Int8Kernels, NeedNarrowWeightsWithoutVnni) {
  EXPECT_EQ(exact_weight_bits(kAvx2), 7);
  EXPECT_EQ(exact_weight_bits(kAvx512), 7);
  EXPECT_EQ(exact_weight_bits({}), 7);
  EXPECT_EQ(exact_weight_bits(kAvxVnni), 8);
  EXPECT_EQ(exact_weight_bits(kAvx512Vnni), 8);
  EXPECT_EQ(exact_weight_bits(kAmx), 8);
  EXPECT_EQ(exact_weight_bits({"amx_int8"}), 8);
}

TEST(OpenVinoProcessor, RunsInt8WhereItIsNoSlowerThanFp32) {
  EXPECT_THAT(why_no_int8(kAvx2), HasSubstr("slower than its fp32"));
  for (const auto& features : {kAvx512, kAvxVnni, kAvx512Vnni, kAmx}) {
    EXPECT_THAT(why_no_int8(features), IsEmpty());
  }
}

TEST(OpenVinoProcessor, RunsBf16WhereThereAreInstructions) {
  for (const auto& features : {kAvx2, kAvx512, kAvxVnni}) {
    EXPECT_THAT(why_no_bf16(features), HasSubstr("no bf16"));
  }
  EXPECT_THAT(why_no_bf16(kAvx512Vnni), IsEmpty());
  EXPECT_THAT(why_no_bf16(kAmx), IsEmpty());
}

TEST(OpenVinoProcessor, IsLimitedAsOneDnnIs) {
  for (const char* limit : {"SSE41", "AVX", "AVX2", "avx2"}) {
    const auto left = usable_features(kAmx, limit);
    EXPECT_EQ(exact_weight_bits(left), 7) << limit;
    EXPECT_THAT(why_no_int8(left), HasSubstr("slower")) << limit;
    EXPECT_THAT(why_no_bf16(left), HasSubstr("no bf16")) << limit;
  }
  EXPECT_EQ(exact_weight_bits(usable_features(kAvxVnni, "AVX2_VNNI")), 8);
  EXPECT_EQ(exact_weight_bits(usable_features(kAmx, "AVX512_CORE")), 7);
  EXPECT_THAT(why_no_int8(usable_features(kAmx, "AVX512_CORE")), IsEmpty());
  EXPECT_EQ(exact_weight_bits(usable_features(kAmx, "AVX512_CORE_VNNI")), 8);
  EXPECT_THAT(why_no_bf16(usable_features(kAmx, "AVX512_CORE_VNNI")), HasSubstr("no bf16"));
  for (const char* none : {"", "DEFAULT", "ALL", "AVX512_CORE_AMX", "what oneDNN has next year"}) {
    EXPECT_EQ(usable_features(kAmx, none), kAmx) << none;
  }
  EXPECT_EQ(usable_features(kAvx2, "AVX512_CORE"), kAvx2) << "a limit adds nothing";
}

}  // namespace
}  // namespace inferscale::openvino::test
