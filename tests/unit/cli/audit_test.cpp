#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/process.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::cli {
namespace {

using ::testing::HasSubstr;

RunResult audit_of(const std::string& file, const std::string& text) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / file) << text;
  auto result = run_process({{INFERSCALE_BIN_DIR "/inferscale", "audit", folder.path().string()}, {}, {}}, {},
                            std::chrono::seconds(60));
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *result : RunResult{};
}

TEST(AuditCommand, NothingCheckedIsNoSuccess) {
  const auto result = audit_of("tests.csv", "model,first,second,t\nm,a,b,2\n");
  EXPECT_EQ(result.status.code, 1);
  EXPECT_THAT(result.output, HasSubstr("not checked: no column cohens_d in tests.csv"));
  EXPECT_THAT(result.errors, HasSubstr("could be checked"));
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
}

TEST(AuditCommand, ARowThatContradictsAnotherIsAFailure) {
  const auto result = audit_of("throughput_overall.csv",
                               "model,backend,mode,throughput_tok_s\nm,a,prefill,10\nm,a,prefill,12\n");
  EXPECT_EQ(result.status.code, 1);
  EXPECT_THAT(result.output, HasSubstr("lines 2 and 3 are of one cell"));
  EXPECT_EQ(result.errors, "");
}

TEST(AuditCommand, WhatAgreesIsASuccess) {
  const auto result =
      audit_of("perplexity.csv", "model,backend,perplexity,mean_log_prob\nm,a,7.389,-2.0000\n");
  EXPECT_EQ(result.status.code, 0) << result.output << result.errors;
}

}  // namespace
}  // namespace inferscale::cli
