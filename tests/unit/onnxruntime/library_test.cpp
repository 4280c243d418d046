// Where the worker finds ONNX Runtime in a folder of Python packages.
#include "library.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "gpu_provider.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::onnxruntime {
namespace {

namespace fs = std::filesystem;

class Packages : public ::testing::Test {
 protected:
  fs::path capi() const { return folder_.path() / "onnxruntime" / "capi"; }
  void put(const std::string& name) {
    fs::create_directories(capi());
    std::ofstream(capi() / name) << "ELF";
  }
  void install(const std::string& package) {
    fs::create_directories(folder_.path() / (package + ".dist-info"));
  }
  fs::path found() const { return library_of_packages(folder_.path()); }

  test::TemporaryFolder folder_;
};

TEST_F(Packages, WithoutOnnxRuntimeHaveNone) {
  EXPECT_EQ(found(), fs::path{});
  put("onnxruntime_pybind11_state.so");
  EXPECT_EQ(found(), fs::path{});
}

TEST_F(Packages, HaveItUnderItsVersion) {
  put("libonnxruntime.so.1.32.0");
  EXPECT_EQ(found(), capi() / "libonnxruntime.so.1.32.0");
}

TEST_F(Packages, TheNewestOfTwo) {
  put("libonnxruntime.so.1.9.1");
  put("libonnxruntime.so.1.32.0");
  EXPECT_EQ(found(), capi() / "libonnxruntime.so.1.32.0");
}

/// inferscale[gpu] installs both packages, into one folder, each with a library of its own version.
TEST_F(Packages, ThatOfTheGpuPackageWhereItsProviderIs) {
  put("libonnxruntime.so.1.32.0");
  put("libonnxruntime.so.1.31.1");
  install("onnxruntime-1.32.0");
  install("onnxruntime_gpu-1.31.1");
  EXPECT_EQ(found(), capi() / "libonnxruntime.so.1.32.0") << "its provider is not there";
  put("libonnxruntime_providers_cuda.so");
  EXPECT_EQ(found(), capi() / "libonnxruntime.so.1.31.1");
}

/// torch and onnxruntime-gpu[cuda,cudnn] bring CUDA that way.
TEST_F(Packages, CudaFromNvidiasPackages) {
  EXPECT_EQ(library_of_nvidia(folder_.path(), "libcublas.so.13"), fs::path{});
  const auto folder = folder_.path() / "nvidia" / "cu13" / "lib";
  fs::create_directories(folder);
  std::ofstream(folder / "libcublas.so.13") << "ELF";
  EXPECT_EQ(library_of_nvidia(folder_.path(), "libcublas.so.13"), folder / "libcublas.so.13");
  EXPECT_EQ(library_of_nvidia(folder_.path(), "libcudnn.so.9"), fs::path{});
}

/// The test runs on the library of the build, which no package brought.
TEST(Library, OfThisProcessIsAFile) {
  EXPECT_TRUE(fs::is_regular_file(library_of_onnxruntime())) << library_of_onnxruntime();
  EXPECT_TRUE(fs::is_directory(folder_of_onnxruntime()));
}

TEST(Cudnn, SaysItsVersion) {
  EXPECT_EQ(cudnn_version(CUDNN_9), "9.10.2");
  EXPECT_EQ(cudnn_version(CUDNN_8), "8.9.7");
  EXPECT_EQ(cudnn_version(library_of_onnxruntime().string()), "") << "another library";
  EXPECT_EQ(cudnn_version("libcudnn.so.nowhere"), "");
}

}  // namespace
}  // namespace inferscale::onnxruntime
