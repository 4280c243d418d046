#include <gtest/gtest.h>

#include "report/sections.hpp"

namespace inferscale::report {
namespace {

/// A label stays that of the original when a folder is copied.
TEST(Document, IsTitledByItsFolder) {
  Source source;
  source.analysis.study = "cold";
  EXPECT_EQ(make_document(source, {}).title, "Which runtime for which model size: cold");
  source.machine = "tr118v2-shared";
  EXPECT_EQ(make_document(source, {}).title, "Which runtime for which model size: tr118v2-shared");
}

}  // namespace
}  // namespace inferscale::report
