#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "onnx/model_writer.hpp"
#include "support/forked.hpp"

// What cannot be written is one sentence that names the file, and leaves nothing behind.

namespace inferscale::test {

using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string message_of(const Result<ExportedGraph>& made) {
  return made ? "" : made.error().message;
}

/// Bytes for every weight of a graph, until `fail_at` of them were given: then an error.
WeightBytes zeros_until(const std::vector<char>& zeros, int fail_at) {
  auto given = std::make_shared<int>(0);
  return [=, &zeros](const onnx::TensorProto& declared, const ByteSink& sink) -> Result<void> {
    if ((*given)++ == fail_at) {
      return fail("stopped at {}", declared.name());
    }
    for (const auto& spec : tensors(small_config())) {
      if (spec.name == declared.name()) {
        const auto bytes = static_cast<std::size_t>(*model::element_count(spec.shape)) * sizeof(float);
        return sink(std::as_bytes(std::span(zeros).first(bytes)));
      }
    }
    return fail("no weight {}", declared.name());
  };
}

class ExportFaults : public ::testing::TestWithParam<bool> {
 protected:
  /// The limit that makes a graph external, or not.
  static std::uint64_t limit() { return GetParam() ? 1 : kMaxSingleFileBytes; }
  TemporaryFolder weights_folder_;
  model::WeightSource source_ = seeded_source(weights_folder_, small_config());
  TemporaryFolder folder_;
};

TEST_P(ExportFaults, StoppedAnywhereItLeavesNothing) {
  const std::vector<char> zeros(65536);
  for (const int fail_at : {0, 1, 14, 27}) {
    const auto made = write_model(build_decoder(small_config(), {}), folder_ / "model.onnx", GetParam(),
                                  zeros_until(zeros, fail_at));
    EXPECT_THAT(message_of(made), StartsWith("stopped at "));
    EXPECT_THAT(names_in(folder_.path()), IsEmpty());
  }
  ASSERT_TRUE(write_model(build_decoder(small_config(), {}), folder_ / "model.onnx", GetParam(),
                          zeros_until(zeros, -1)));
}

TEST_P(ExportFaults, StoppedItKeepsTheFileThatWasThere) {
  ASSERT_TRUE(write_file_atomic(folder_ / "model.onnx", "older"));
  const std::vector<char> zeros(65536);
  ASSERT_FALSE(write_model(build_decoder(small_config(), {}), folder_ / "model.onnx", GetParam(),
                           zeros_until(zeros, 9)));
  EXPECT_EQ(*read_file(folder_ / "model.onnx"), "older");
}

TEST_P(ExportFaults, KilledItHasPutNothingUnderTheName) {
  const std::vector<char> zeros(65536);
  const auto said = in_child_process([&]() -> std::string {
    const auto dying = [whole = zeros_until(zeros, -1), given = 0](const onnx::TensorProto& declared,
                                                                   const ByteSink& sink) mutable {
      if (++given == 20) {
        ::raise(SIGKILL);
      }
      return whole(declared, sink);
    };
    static_cast<void>(
        write_model(build_decoder(small_config(), {}), folder_ / "model.onnx", GetParam(), dying));
    return "lived";
  });
  EXPECT_EQ(said, "<no answer>");
  for (const auto& name : names_in(folder_.path())) {
    EXPECT_THAT(name, AllOf(StartsWith(".model.onnx."), ::testing::EndsWith(".tmp")));
  }
  ASSERT_TRUE(export_onnx(source_, {}, folder_ / "model.onnx", {limit()}));
}

TEST_P(ExportFaults, AFileThatMayNotGrowIsAnErrorAndNoFile) {
  const auto said = in_child_process([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit few_bytes{8192, 8192};
    ::setrlimit(RLIMIT_FSIZE, &few_bytes);
    return message_of(export_onnx(source_, {}, folder_ / "model.onnx", {limit()}));
  });
  EXPECT_THAT(said,
              AllOf(StartsWith("cannot write '"), HasSubstr("model.onnx"), HasSubstr("File too large")));
  EXPECT_THAT(names_in(folder_.path()), IsEmpty());
}

TEST_P(ExportFaults, AFullDiskIsAnErrorAndNoFile) {
  const auto said = in_child_process([&]() -> std::string {
    if (::unshare(CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder_.path().c_str(), "tmpfs", 0, "size=16k") != 0) {
      return std::string("skip: ") + std::strerror(errno);
    }
    const auto message = message_of(export_onnx(source_, {}, folder_ / "model.onnx", {limit()}));
    return names_in(folder_.path()).empty() ? message : "something was left: " + message;
  });
  if (said.rfind("skip: ", 0) == 0) {
    GTEST_SKIP() << "no small file system can be mounted here: " << said.substr(6);
  }
  EXPECT_THAT(said, AllOf(StartsWith("cannot write '"), HasSubstr("model.onnx"), HasSubstr("No space left")));
}

TEST_P(ExportFaults, AFolderUnderTheNameIsRefused) {
  std::filesystem::create_directory(folder_ / "model.onnx");
  EXPECT_THAT(message_of(export_onnx(source_, {}, folder_ / "model.onnx", {limit()})),
              AllOf(StartsWith("cannot write '"), HasSubstr("model.onnx': it is a folder")));
  EXPECT_THAT(names_in(folder_.path()), ElementsAre("model.onnx"));
}

TEST_P(ExportFaults, AFileInThePlaceOfTheFolderIsNamed) {
  ASSERT_TRUE(write_file_atomic(folder_ / "file", "text"));
  EXPECT_THAT(message_of(export_onnx(source_, {}, folder_ / "file" / "model.onnx", {limit()})),
              AllOf(StartsWith("cannot make folder '"), HasSubstr("file")));
}

/// /proc takes no files, whoever asks; /dev/full's folder would.
TEST_P(ExportFaults, AFolderThatTakesNoFilesIsNamed) {
  EXPECT_THAT(message_of(export_onnx(source_, {}, "/proc/self/model.onnx", {limit()})),
              StartsWith("cannot write '/proc/self/model.onnx"));
}

INSTANTIATE_TEST_SUITE_P(Forms, ExportFaults, ::testing::Bool(), [](const auto& external) {
  return std::string(external.param ? "External" : "OneFile");
});

TEST(WriteModel, ChecksTheNumberOfBytes) {
  const TemporaryFolder folder;
  const std::array<std::byte, 12> few{};
  const auto made = write_model(build_decoder(small_config(), {}), folder / "m", false,
                                [&](const onnx::TensorProto&, const ByteSink& sink) { return sink(few); });
  EXPECT_THAT(message_of(made), HasSubstr("has 12 bytes, the graph needs 3904"));
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

}  // namespace
}  // namespace inferscale::test
