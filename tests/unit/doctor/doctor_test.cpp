#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "doctor/checks.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::doctor {
namespace {

using ::testing::HasSubstr;

class DoctorTest : public ::testing::Test {
 protected:
  void put(const std::string& file, const std::string& text) {
    ASSERT_TRUE(write_file_atomic(root_.path() / file, text));
  }
  [[nodiscard]] const std::filesystem::path& root() const { return root_.path(); }

 private:
  test::TemporaryFolder root_;
};

client::RegisteredBackend backend(const std::string& worker, const std::string& name,
                                  const std::string& unavailable = {}) {
  client::RegisteredBackend result;
  result.worker = worker;
  result.info.name = name;
  result.info.unavailable_because = unavailable;
  if (unavailable.empty()) {
    result.runtime = "Runtime";
    result.runtime_version = "1.2";
  }
  return result;
}

TEST_F(DoctorTest, ProcessorWithoutAvx2IsNoisyNews) {
  machine::Environment environment;
  environment.processor_features = {"avx"};
  EXPECT_EQ(check_processor(environment).verdict, Verdict::warning);
  environment.processor_features.emplace_back("avx2");
  EXPECT_EQ(check_processor(environment).verdict, Verdict::ok);
}

TEST_F(DoctorTest, QuotaBelowTheCpusIsNamed) {
  EXPECT_EQ(check_cpu_quota(root(), 2).verdict, Verdict::ok);
  put("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(check_cpu_quota(root(), 2).verdict, Verdict::ok);
  put("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(check_cpu_quota(root(), 2).verdict, Verdict::ok);
  put("sys/fs/cgroup/cpu.max", "150000 100000\n");
  const auto finding = check_cpu_quota(root(), 2);
  EXPECT_EQ(finding.verdict, Verdict::warning);
  EXPECT_THAT(finding.detail, HasSubstr("1.5 of 2"));
}

TEST_F(DoctorTest, LoadOfOthersIsNamed) {
  put("proc/loadavg", "0.10 1.0 1.0 1/100 1\n");
  EXPECT_EQ(check_load(root(), 2).verdict, Verdict::ok);
  put("proc/loadavg", "1.90 1.0 1.0 1/100 1\n");
  EXPECT_EQ(check_load(root(), 2).verdict, Verdict::warning);
  EXPECT_EQ(check_load(root(), 16).verdict, Verdict::ok);
}

TEST_F(DoctorTest, GovernorAndPowerAndVirtualMachine) {
  machine::Environment environment;
  EXPECT_EQ(check_governor(environment).verdict, Verdict::ok);
  environment.governor = "powersave";
  EXPECT_EQ(check_governor(environment).verdict, Verdict::warning);
  EXPECT_EQ(check_virtual_machine(environment).verdict, Verdict::ok);
  environment.virtual_machine = true;
  EXPECT_EQ(check_virtual_machine(environment).verdict, Verdict::warning);
  EXPECT_EQ(check_power(root()).verdict, Verdict::ok);
  put("sys/class/power_supply/AC/type", "Mains\n");
  put("sys/class/power_supply/AC/online", "0\n");
  EXPECT_EQ(check_power(root()).verdict, Verdict::warning);
}

TEST_F(DoctorTest, MemoryIsWhatIsAvailableNotWhatIsThere) {
  EXPECT_EQ(check_memory(root()).verdict, Verdict::warning);
  put("proc/meminfo", "MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\n");
  EXPECT_EQ(check_memory(root()).verdict, Verdict::ok);
  EXPECT_EQ(check_memory(root()).detail, "8.0 of 16.0 GiB available");
  put("proc/meminfo", "MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: 1048576 kB\n");
  EXPECT_EQ(check_memory(root()).verdict, Verdict::warning);
}

TEST_F(DoctorTest, FolderThatIsNotThereCannotHoldResults) {
  EXPECT_EQ(check_disk(root() / "no such folder").verdict, Verdict::missing);
}

TEST_F(DoctorTest, NothingToMeasureIsMissing) {
  const auto none = check_workers({backend("null", "null"), backend("openvino", "openvino-cpu", "no worker")},
                                  {}, false, "get one");
  ASSERT_EQ(none.size(), 3U);
  EXPECT_EQ(none[0].verdict, Verdict::ok);
  EXPECT_EQ(none[1].verdict, Verdict::warning);
  EXPECT_EQ(none[1].advice, "no worker");
  EXPECT_EQ(none[2].verdict, Verdict::missing);
  EXPECT_EQ(none[2].advice, "get one");
}

TEST_F(DoctorTest, RuntimeWithOneUsableBackendIsOk) {
  const auto findings = check_workers(
      {backend("onnxruntime", "onnxruntime-cpu"), backend("onnxruntime", "onnxruntime-gpu", "no GPU")},
      {"inferscale-worker-x: exit code 3"}, false, "");
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].verdict, Verdict::ok);
  EXPECT_EQ(findings[0].detail, "Runtime 1.2: onnxruntime-cpu");
  EXPECT_EQ(findings[1].verdict, Verdict::warning);
  EXPECT_THAT(findings[1].detail, HasSubstr("exit code 3"));
}

TEST_F(DoctorTest, WhereThereIsAGpuItSaysWhatKeepsARuntimeFromIt) {
  auto gpu = backend("onnxruntime", "onnxruntime-gpu", "libcublas.so.13 is not found");
  gpu.info.device = "cuda";
  const auto findings = check_workers({backend("onnxruntime", "onnxruntime-cpu"), gpu}, {}, true, "");
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].verdict, Verdict::ok);
  EXPECT_EQ(findings[1].verdict, Verdict::warning);
  EXPECT_EQ(findings[1].advice, "libcublas.so.13 is not found");
}

TEST_F(DoctorTest, RuntimeForGpusIsMissedOnlyWhereThereIsOne) {
  auto tensorrt = backend("tensorrt", "tensorrt-fp16", "no worker");
  tensorrt.info.device = "cuda";
  EXPECT_EQ(check_workers({tensorrt}, {}, false, "")[0].verdict, Verdict::ok);
  EXPECT_EQ(check_workers({tensorrt}, {}, true, "")[0].verdict, Verdict::warning);
}

TEST_F(DoctorTest, GpuDriverAndLibraryMustBothBeThereAndAgree) {
  EXPECT_EQ(check_gpu(root(), {}).verdict, Verdict::ok);
  EXPECT_EQ(check_gpu(root(), {true, "580.95.05", "13.0"}).verdict, Verdict::warning);
  put("proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (x@y)\n");
  EXPECT_EQ(check_gpu(root(), {}).verdict, Verdict::warning);
  EXPECT_EQ(check_gpu(root(), {true, "570.1.2", "12.8"}).verdict, Verdict::warning);
  const auto good = check_gpu(root(), {true, "580.95.05", "13.0"});
  EXPECT_EQ(good.verdict, Verdict::ok);
  EXPECT_EQ(good.detail, "driver 580.95.05, CUDA up to 13.0");
}

}  // namespace
}  // namespace inferscale::doctor
