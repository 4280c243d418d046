// What doctor says of an installation by pip, and of two installations.
#include "doctor/installation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::doctor {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class InstallationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(packages() / "inferscale/bin");
    fs::create_directories(packages() / "inferscale-0.2.0.dist-info");
  }
  [[nodiscard]] fs::path prefix() const { return root_ / "tools"; }
  [[nodiscard]] fs::path packages() const { return prefix() / "lib/python3.11/site-packages"; }
  [[nodiscard]] Installation installation() const { return installation_of(packages() / "inferscale/bin"); }
  void put(const fs::path& file) { ASSERT_TRUE(write_file_atomic(file, "x")); }
  void install(const std::string& package, const std::string& version, const std::string& library) {
    fs::create_directories(packages() / (package + "-" + version + ".dist-info"));
    put(packages() / library);
  }
  void install_both() {
    install("onnxruntime", ONNXRUNTIME_VERSION, "onnxruntime/capi/libonnxruntime.so." ONNXRUNTIME_VERSION);
    install("openvino", OPENVINO_VERSION, "openvino/libs/libopenvino.so.2641");
  }

  test::TemporaryFolder root_;
};

TEST_F(InstallationTest, IsPipsOnlyInSitePackages) {
  EXPECT_EQ(installation().packages, packages());
  EXPECT_TRUE(installation_of("/opt/inferscale/bin").packages.empty());
  EXPECT_TRUE(installation_of(root_ / "build/release/bin").packages.empty());
  EXPECT_TRUE(check_packages({}).empty());
}

TEST_F(InstallationTest, NamesTheCommandThatInstallsIntoIt) {
  EXPECT_EQ(installation().pip, "python3 -m pip");
  put(prefix() / "bin/python3");
  EXPECT_EQ(installation().pip, (prefix() / "bin/python3").string() + " -m pip");
  put(prefix() / "pipx_metadata.json");
  EXPECT_EQ(installation().pip, "pipx runpip tools");
}

TEST_F(InstallationTest, CommandsCanBeCopiedWhereAPathHasSpaces) {
  const auto venv = root_ / "a venv";
  const auto bin = venv / "lib/python3.11/site-packages/inferscale/bin";
  fs::create_directories(bin);
  fs::create_directories(bin.parent_path().parent_path() / "inferscale-0.2.0.dist-info");
  fs::create_directories(venv / "bin");
  put(venv / "bin/python3");
  EXPECT_EQ(installation_of(bin).pip, "'" + (venv / "bin/python3").string() + "' -m pip");
}

TEST_F(InstallationTest, WithBothRuntimesHasNoFinding) {
  install_both();
  EXPECT_TRUE(check_packages(installation()).empty());
}

TEST_F(InstallationTest, MissingRuntimesAreMendedByPip) {
  const auto findings = check_packages(installation());
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].verdict, Verdict::warning);
  EXPECT_EQ(findings[0].advice,
            "run: python3 -m pip install --force-reinstall --no-deps onnxruntime==" ONNXRUNTIME_VERSION);
  EXPECT_THAT(findings[1].advice, HasSubstr("openvino==" OPENVINO_VERSION));
}

TEST_F(InstallationTest, WithoutAnyRuntimeOneCommandGetsBoth) {
  EXPECT_EQ(how_to_get_runtimes(installation()),
            "run: python3 -m pip install --force-reinstall --no-deps onnxruntime==" ONNXRUNTIME_VERSION
            " openvino==" OPENVINO_VERSION);
  EXPECT_THAT(how_to_get_runtimes({}), HasSubstr("scripts/quickstart"));
}

TEST_F(InstallationTest, AnotherVersionIsNamed) {
  install("onnxruntime", ONNXRUNTIME_VERSION, "onnxruntime/capi/libonnxruntime.so." ONNXRUNTIME_VERSION);
  install("openvino", "2025.1.0", "openvino/libs/libopenvino.so.2510");
  const auto findings = check_packages(installation());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].detail, HasSubstr("2025.1.0 is installed"));
  EXPECT_THAT(findings[0].advice, HasSubstr("--force-reinstall --no-deps openvino==" OPENVINO_VERSION));
}

TEST_F(InstallationTest, APackageWithoutItsLibraryIsBroken) {
  install_both();
  fs::remove_all(packages() / "openvino");
  const auto findings = check_packages(installation());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].detail, HasSubstr("without its library"));
}

TEST_F(InstallationTest, WithAGpuItIsTheGpuPackageThatCounts) {
  install_both();
  fs::create_directories(packages() / "onnxruntime_gpu-1.0.0.dist-info");
  auto findings = check_packages(installation());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].advice, HasSubstr("onnxruntime-gpu==" ONNXRUNTIME_GPU_VERSION));
  fs::remove_all(packages() / "onnxruntime_gpu-1.0.0.dist-info");
  install("onnxruntime_gpu", ONNXRUNTIME_GPU_VERSION,
          "onnxruntime/capi/libonnxruntime.so." ONNXRUNTIME_GPU_VERSION);
  EXPECT_TRUE(check_packages(installation()).empty());
}

TEST_F(InstallationTest, TwoOnPathAreSaid) {
  for (const std::string folder : {"a", "b"}) {
    put(root_ / folder / "inferscale");
    fs::permissions(root_ / folder / "inferscale", fs::perms::owner_all);
  }
  const auto a = (root_ / "a").string();
  const auto b = (root_ / "b").string();
  EXPECT_TRUE(check_path("").empty());
  EXPECT_TRUE(check_path(a + ":/nowhere:" + a).empty());
  const auto findings = check_path(a + ":" + b);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].advice, HasSubstr("`inferscale` runs " + a + "/inferscale"));
  fs::create_directories(root_ / "links");
  fs::create_symlink(a + "/inferscale", root_ / "links" / "inferscale");
  EXPECT_TRUE(check_path((root_ / "links").string() + ":" + a).empty()) << "pipx links to what it installed";
}

}  // namespace
}  // namespace inferscale::doctor
