#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/json.hpp"
#include "core/shared_library.hpp"

// Facts of NVIDIA GPUs through NVML (libnvidia-ml), the driver's own library, opened at run time: a machine
// without a driver has none, and everything here says so. C ABI after NVIDIA's "NVML API Reference Guide".

namespace inferscale::machine {

/// What a GPU is: for environment.json.
struct GpuFacts {
  std::string name;      ///< "NVIDIA H200"
  std::string driver;    ///< "580.95.05"
  int cuda_version = 0;  ///< the newest that the driver runs, 13000 for 13.0
  double memory_mb = 0;  ///< MiB
  int max_sm_mhz = 0;
  int max_memory_mhz = 0;
  double power_limit_w = 0;  ///< enforced
};
Json to_json(const GpuFacts& facts);

/// How a GPU is at one moment. What the driver does not tell is absent.
struct GpuSample {
  Clock::time_point at;
  std::optional<int> sm_mhz, memory_mhz, temperature_c;
  std::optional<double> power_limit_w;
  std::optional<double> energy_mj;            ///< since the driver was loaded
  std::vector<std::string> throttle_reasons;  ///< "power_cap", "hardware_thermal", ...: slower than asked for
};

/// A row's `clocks`, of samples before and after its timed loop and the tokens counted in between:
/// {"before": {..}, "after": {..}, "throttled", "energy_mj_per_token"}. The energy counter moves every few
/// tens of milliseconds: for a loop shorter than 100 ms the energy is null.
Json clocks_json(const GpuSample& before, const GpuSample& after, double tokens);

/// The names of the bits of NVML's clocks-event-reasons mask that mean slower than asked for (idle and clocks
/// set by the user do not).
std::vector<std::string> throttle_reason_names(unsigned long long mask);

/// Reads a row's `clocks` back: why the repetition was throttled, each reason once; empty when it was not,
/// and for anything that is no such object. "unknown" where the row gives no reason.
std::vector<std::string> throttled_because(const Json& clocks);

/// Why a program built for this CUDA major version can use no GPU here, in words to act on; empty when it
/// can. 0: of any version.
std::string why_no_gpu(int cuda_major = 0, const std::string& library = "libnvidia-ml.so.1");

/// One GPU, the one that CUDA calls device 0: the first of $CUDA_VISIBLE_DEVICES where that names one.
class Gpu {
 public:
  /// None without a driver or a device. `library` is for tests.
  static std::optional<Gpu> open(const std::string& library = "libnvidia-ml.so.1");

  [[nodiscard]] GpuFacts facts() const;
  /// Takes about a millisecond and may disturb what runs: never in the middle of a timed loop.
  GpuSample sample();
  /// This process's at the highest sample, MiB. Where NVML does not tell processes apart (inside most
  /// containers), what the device's used memory grew by since open(), whoever took it.
  [[nodiscard]] double memory_peak_mb() const { return peak_mb_; }
  /// Of the device's memory, 0 to 1; 1 where NVML does not tell.
  [[nodiscard]] double free_share() const;

 private:
  explicit Gpu(SharedLibrary nvml) : nvml_(nvml) {}
  [[nodiscard]] double used_mb() const;
  [[nodiscard]] std::optional<double> used_by_us_mb() const;
  template <class Value, class... Arguments>
  std::optional<Value> ask(const char* function, Arguments... arguments) const;

  SharedLibrary nvml_;
  void* device_ = nullptr;
  double used_at_open_mb_ = 0;
  double peak_mb_ = 0;
};

}  // namespace inferscale::machine
