#include "client/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "record/catalog.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string answering(const std::string& worker, const std::string& backend) {
  return R"(read -r request; echo '{"type":"hello","protocol":1,"minor":9,"worker":")" + worker +
         R"(","runtime":"Toy","runtime_version":"7","later":true,"backends":[{"name":")" + backend +
         R"(","device":"cpu","precision":"fp32","artifact":"none"}]}'; read -r request)";
}

RegistryOptions only(const std::filesystem::path& folder) {
  RegistryOptions options;
  options.folders = {folder};
  options.hello_timeout_s = 20;
  return options;
}

TEST(Registry, WithoutWorkersEveryBackendSaysWhatToDo) {
  const test::TemporaryFolder folder;
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_THAT(registry.backends(), SizeIs(record::known_backends().size()));
  for (const auto& backend : registry.backends()) {
    EXPECT_FALSE(backend.available());
    EXPECT_THAT(backend.info.unavailable_because, HasSubstr("inferscale-worker-" + backend.worker));
    EXPECT_FALSE(record::how_to_get_worker(backend.worker).empty());
    EXPECT_THAT(backend.info.unavailable_because,
                HasSubstr(std::string(record::how_to_get_worker(backend.worker))));
  }
}

TEST(Registry, FindsKnownAndThirdPartyWorkers) {
  const test::TemporaryFolder folder;
  test::script_worker(folder.path(), "inferscale-worker-null", answering("null", "null-cpu"));
  test::script_worker(folder.path(), "inferscale-worker-toy", answering("toy", "toy-cpu"));
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_THAT(registry.problems(), IsEmpty());
  const auto null = registry.require("null-cpu");
  ASSERT_TRUE(null);
  EXPECT_TRUE(null->available());
  EXPECT_EQ(null->executable, folder / "inferscale-worker-null");
  const auto toy = registry.require("toy-cpu");
  ASSERT_TRUE(toy);
  EXPECT_TRUE(toy->available());
  EXPECT_EQ(toy->runtime_version, "7");
}

TEST(Registry, AWorkerBuiltWithoutABackendSaysSo) {
  const test::TemporaryFolder folder;
  test::script_worker(folder.path(), "inferscale-worker-onnxruntime",
                      answering("onnxruntime", "onnxruntime-cpu"));
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_TRUE(registry.find("onnxruntime-cpu")->available());
  EXPECT_THAT(registry.find("onnxruntime-gpu")->info.unavailable_because, HasSubstr("Toy 7"));
}

TEST(Registry, AWorkerThatDiesIsAReasonAndAProblem) {
  const test::TemporaryFolder folder;
  test::script_worker(folder.path(), "inferscale-worker-openvino",
                      "echo 'libtbb.so.12 not found' >&2; exit 3");
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_THAT(registry.find("openvino-cpu")->info.unavailable_because, HasSubstr("libtbb.so.12"));
  EXPECT_THAT(registry.problems(), SizeIs(1));
}

/// A package for everybody holds a worker in Python, and not everybody has Python: that is a reason and no
/// problem.
TEST(Registry, AScriptWithoutItsInterpreterIsAReasonAndNoProblem) {
  const test::TemporaryFolder folder;
  const auto file = folder / "inferscale-worker-null";
  ASSERT_TRUE(write_file_atomic(file, "#!/usr/bin/env no-such-language\n"));
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_THAT(registry.problems(), IsEmpty());
  EXPECT_THAT(registry.find("null-cpu")->info.unavailable_because,
              HasSubstr("is a script for no-such-language, which is not on PATH"));
}

TEST(Registry, AWorkerThatDoesNotAnswerInTimeIsAskedOnceMore) {
  const test::TemporaryFolder folder;
  const std::string mark = (folder / "asked").string();
  test::script_worker(folder.path(), "inferscale-worker-null",
                      "if [ ! -e '" + mark + "' ]; then : > '" + mark + "'; exec sleep 300; fi\n" +
                          answering("null", "null-cpu"));
  RegistryOptions options = only(folder.path());
  options.hello_timeout_s = 4;  // long enough for the second answer on a machine that is busy
  const auto registry = Registry::discover(options);
  EXPECT_TRUE(registry.find("null-cpu")->available()) << registry.find("null-cpu")->info.unavailable_because;
  EXPECT_THAT(registry.problems(), IsEmpty());
}

TEST(Registry, WorkersAreAskedSideBySide) {
  const test::TemporaryFolder folder;
  // Each answers when the other has been started too.
  for (const auto& [name, other] : {std::pair{"toy", "top"}, std::pair{"top", "toy"}}) {
    test::script_worker(
        folder.path(), fmt::format("inferscale-worker-{}", name),
        fmt::format("cd '{}'; : > started-{}; while [ ! -e started-{} ]; do sleep 0.02; done\n",
                    folder.path().string(), name, other) +
            answering(name, fmt::format("{}-cpu", name)));
  }
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_THAT(registry.problems(), IsEmpty());
  EXPECT_TRUE(registry.find("toy-cpu") != nullptr && registry.find("top-cpu") != nullptr);
}

TEST(Registry, AWorkerThatNeverAnswersIsATimeoutAndNotUnsupported) {
  const test::TemporaryFolder folder;
  const auto calls = folder / "calls";
  test::script_worker(folder.path(), "inferscale-worker-null",
                      "echo call >> '" + calls.string() + "'; exec sleep 300");
  test::script_worker(folder.path(), "inferscale-worker-openvino", "exit 3");
  RegistryOptions options = only(folder.path());
  options.hello_timeout_s = 1;
  const auto registry = Registry::discover(options);
  const RegisteredBackend* never = registry.find("null-cpu");
  EXPECT_FALSE(never->available());
  EXPECT_EQ(never->unavailable_outcome, Outcome::timeout);
  EXPECT_EQ(read_file(calls).value(), "call\ncall\n");
  EXPECT_THAT(registry.problems(), ::testing::Contains(HasSubstr("inferscale-worker-null")));
  // One that says no, or is not there, is what it was.
  EXPECT_EQ(registry.find("tensorrt-fp16")->unavailable_outcome, Outcome::unsupported);
}

TEST(Registry, IgnoresWhatIsNotAnExecutableWorker) {
  const test::TemporaryFolder folder;
  const auto file = test::script_worker(folder.path(), "inferscale-worker-toy", answering("toy", "toy-cpu"));
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  std::filesystem::create_directory(folder / "inferscale-worker-folder");
  test::script_worker(folder.path(), "inferscale-worker-", answering("x", "x-cpu"));
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_THAT(registry.backends(), SizeIs(record::known_backends().size()));
  EXPECT_THAT(registry.problems(),
              ElementsAre(HasSubstr("inferscale-worker-toy cannot be executed: chmod +x")));
}

TEST(Registry, ABackendThatIsPassedOverIsAProblem) {
  const test::TemporaryFolder folder;
  test::script_worker(folder.path(), "inferscale-worker-null", answering("null", "null-cpu"));
  test::script_worker(folder.path(), "inferscale-worker-toy", answering("toy", "null-cpu"));
  const auto registry = Registry::discover(only(folder.path()));
  EXPECT_EQ(registry.require("null-cpu")->executable, folder / "inferscale-worker-null");
  EXPECT_THAT(registry.problems(),
              ElementsAre("inferscale-worker-toy: its backend 'null-cpu' is passed over, for "
                          "inferscale-worker-null has one of that name"));
}

TEST(Registry, AnUnknownNameIsWrongUsageAndListsTheNames) {
  const test::TemporaryFolder folder;
  const auto missing = Registry::discover(only(folder.path())).require("onnxruntime");
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().usage);
  EXPECT_THAT(missing.error().message, HasSubstr("onnxruntime-cpu"));
}

}  // namespace
}  // namespace inferscale::client
