#include "machine/gpu.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace inferscale::machine {
namespace {

constexpr int kSuccess = 0;
constexpr unsigned kClockSm = 1;
constexpr unsigned kClockMemory = 2;
constexpr unsigned kTemperatureGpu = 0;
constexpr double kEnergyWindowS = 0.1;
constexpr double kMib = 1024.0 * 1024.0;

struct Memory {  // nvmlMemory_t, bytes
  unsigned long long total, free, used;
};

struct ProcessInfo {  // nvmlProcessInfo_v2_t
  unsigned pid;
  unsigned long long used;
  unsigned gpu_instance, compute_instance;
};

/// NVML, initialised. Never shut down: a process needs it until its end.
std::optional<SharedLibrary> open_nvml(const std::string& name) {
  auto library = SharedLibrary::open(name);
  if (!library) {
    return std::nullopt;
  }
  auto* init = library->find<int()>("nvmlInit_v2");
  if (init == nullptr || init() != kSuccess) {
    return std::nullopt;
  }
  return *library;
}

int cuda_version(const SharedLibrary& nvml) {
  int version = 0;
  auto* ask = nvml.find<int(int*)>("nvmlSystemGetCudaDriverVersion_v2");
  return ask != nullptr && ask(&version) == kSuccess ? version : 0;
}

unsigned device_count(const SharedLibrary& nvml) {
  unsigned count = 0;
  auto* ask = nvml.find<int(unsigned*)>("nvmlDeviceGetCount_v2");
  return ask != nullptr && ask(&count) == kSuccess ? count : 0;
}

void* first_visible_device(const SharedLibrary& nvml) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  const std::string all = visible == nullptr ? "0" : visible;
  const std::string first = all.substr(0, all.find(','));
  void* device = nullptr;
  if (first.starts_with("GPU-") || first.starts_with("MIG-")) {
    auto* by_uuid = nvml.find<int(const char*, void**)>("nvmlDeviceGetHandleByUUID");
    return by_uuid != nullptr && by_uuid(first.c_str(), &device) == kSuccess ? device : nullptr;
  }
  unsigned index = 0;
  std::from_chars(first.data(), first.data() + first.size(), index);
  auto* by_index = nvml.find<int(unsigned, void**)>("nvmlDeviceGetHandleByIndex_v2");
  return by_index != nullptr && by_index(index, &device) == kSuccess ? device : nullptr;
}

Json sample_json(const GpuSample& sample) {
  Json json = Json::object();
  const auto add = [&](const char* name, const auto& value) {
    if (value) {
      json[name] = *value;
    }
  };
  add("sm_mhz", sample.sm_mhz);
  add("memory_mhz", sample.memory_mhz);
  add("temperature_c", sample.temperature_c);
  add("power_limit_w", sample.power_limit_w);
  json["throttle_reasons"] = sample.throttle_reasons;
  return json;
}

/// The sample's throttle_reasons, or an empty array.
Json reasons_of(const Json& clocks, const char* sample) {
  if (!clocks.contains(sample) || !clocks[sample].is_object()) {
    return Json::array();
  }
  Json reasons = clocks[sample].value("throttle_reasons", Json());
  return reasons.is_array() ? reasons : Json::array();
}

}  // namespace

Json to_json(const GpuFacts& facts) {
  return Json{
      {"name", facts.name},
      {"driver", facts.driver},
      {"cuda_version", fmt::format("{}.{}", facts.cuda_version / 1000, facts.cuda_version % 1000 / 10)},
      {"memory_mb", facts.memory_mb},
      {"max_sm_mhz", facts.max_sm_mhz},
      {"max_memory_mhz", facts.max_memory_mhz},
      {"power_limit_w", facts.power_limit_w}};
}

Json clocks_json(const GpuSample& before, const GpuSample& after, double tokens) {
  Json json = Json::object();
  json["before"] = sample_json(before);
  json["after"] = sample_json(after);
  json["throttled"] = !before.throttle_reasons.empty() || !after.throttle_reasons.empty();
  const double energy_mj = after.energy_mj.value_or(0) - before.energy_mj.value_or(0);
  const bool known = seconds_between(before.at, after.at) >= kEnergyWindowS && energy_mj > 0 && tokens > 0;
  json["energy_mj_per_token"] = known ? Json(energy_mj / tokens) : Json(nullptr);
  return json;
}

std::vector<std::string> throttle_reason_names(unsigned long long mask) {
  constexpr std::array<std::pair<unsigned long long, const char*>, 6> kReasons{{{0x4, "power_cap"},
                                                                                {0x8, "hardware_slowdown"},
                                                                                {0x10, "sync_boost"},
                                                                                {0x20, "software_thermal"},
                                                                                {0x40, "hardware_thermal"},
                                                                                {0x80, "power_brake"}}};
  std::vector<std::string> names;
  for (const auto& [bit, name] : kReasons) {
    if ((mask & bit) != 0) {
      names.emplace_back(name);
    }
  }
  return names;
}

std::vector<std::string> throttled_because(const Json& clocks) {
  if (!clocks.is_object() || !clocks.contains("throttled") || clocks["throttled"] != true) {
    return {};
  }
  std::vector<std::string> reasons;
  for (const char* end : {"before", "after"}) {
    for (const Json& reason : reasons_of(clocks, end)) {
      const std::string name = reason.is_string() ? reason.get<std::string>() : std::string();
      if (!name.empty() && std::find(reasons.begin(), reasons.end(), name) == reasons.end()) {
        reasons.push_back(name);
      }
    }
  }
  return reasons.empty() ? std::vector<std::string>{"unknown"} : reasons;
}

std::string why_no_gpu(int cuda_major, const std::string& library) {
  const auto nvml = open_nvml(library);
  if (!nvml) {
    return fmt::format(
        "no NVIDIA driver is loaded here ({} is missing or refuses): install the driver, or give the "
        "container "
        "the GPU",
        library);
  }
  if (device_count(*nvml) == 0) {
    return "the NVIDIA driver sees no GPU: give the container one, or look into dmesg";
  }
  const int newest = cuda_version(*nvml);
  if (newest != 0 && newest / 1000 < cuda_major) {
    return fmt::format(
        "it is built for CUDA {}, and this driver runs CUDA up to {}.{}: install a newer driver, or a build "
        "for that "
        "CUDA",
        cuda_major, newest / 1000, newest % 1000 / 10);
  }
  return {};
}

std::optional<Gpu> Gpu::open(const std::string& library) {
  const auto nvml = open_nvml(library);
  if (!nvml) {
    return std::nullopt;
  }
  Gpu gpu(*nvml);
  gpu.device_ = first_visible_device(*nvml);
  if (gpu.device_ == nullptr) {
    return std::nullopt;
  }
  gpu.used_at_open_mb_ = gpu.used_mb();
  return gpu;
}

template <class Value, class... Arguments>
std::optional<Value> Gpu::ask(const char* function, Arguments... arguments) const {
  Value value{};
  auto* call = nvml_.find<int(void*, Arguments..., Value*)>(function);
  return call != nullptr && call(device_, arguments..., &value) == kSuccess ? std::optional(value)
                                                                            : std::nullopt;
}

/// None where NVML does not list this process: inside most containers.
std::optional<double> Gpu::used_by_us_mb() const {
  std::array<ProcessInfo, 256> processes{};
  auto count = static_cast<unsigned>(processes.size());
  auto* list = nvml_.find<int(void*, unsigned*, ProcessInfo*)>("nvmlDeviceGetComputeRunningProcesses_v3");
  if (list == nullptr || list(device_, &count, processes.data()) != kSuccess) {
    return std::nullopt;
  }
  const auto ours =
      std::find_if(processes.begin(), processes.begin() + count, [](const ProcessInfo& process) {
        return process.pid == static_cast<unsigned>(::getpid()) && process.used != ~0ULL;
      });
  return ours == processes.begin() + count ? std::nullopt
                                           : std::optional(static_cast<double>(ours->used) / kMib);
}

double Gpu::used_mb() const {
  const auto memory = ask<Memory>("nvmlDeviceGetMemoryInfo");
  return memory ? static_cast<double>(memory->used) / kMib : 0;
}

double Gpu::free_share() const {
  const auto memory = ask<Memory>("nvmlDeviceGetMemoryInfo");
  return memory && memory->total > 0 ? static_cast<double>(memory->free) / static_cast<double>(memory->total)
                                     : 1;
}

GpuFacts Gpu::facts() const {
  GpuFacts facts;
  std::array<char, 96> text{};  // NVML's longest name
  const auto size = static_cast<unsigned>(text.size());
  auto* name = nvml_.find<int(void*, char*, unsigned)>("nvmlDeviceGetName");
  if (name != nullptr && name(device_, text.data(), size) == kSuccess) {
    facts.name = text.data();
  }
  auto* driver = nvml_.find<int(char*, unsigned)>("nvmlSystemGetDriverVersion");
  if (driver != nullptr && driver(text.data(), size) == kSuccess) {
    facts.driver = text.data();
  }
  facts.cuda_version = cuda_version(nvml_);
  const auto memory = ask<Memory>("nvmlDeviceGetMemoryInfo");
  facts.memory_mb = memory ? static_cast<double>(memory->total) / kMib : 0;
  facts.max_sm_mhz = static_cast<int>(ask<unsigned>("nvmlDeviceGetMaxClockInfo", kClockSm).value_or(0));
  facts.max_memory_mhz =
      static_cast<int>(ask<unsigned>("nvmlDeviceGetMaxClockInfo", kClockMemory).value_or(0));
  facts.power_limit_w = ask<unsigned>("nvmlDeviceGetEnforcedPowerLimit").value_or(0) / 1000.0;
  return facts;
}

GpuSample Gpu::sample() {
  const auto as_int = [](std::optional<unsigned> value) {
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  };
  peak_mb_ = std::max(peak_mb_, used_by_us_mb().value_or(used_mb() - used_at_open_mb_));
  GpuSample sample;
  sample.sm_mhz = as_int(ask<unsigned>("nvmlDeviceGetClockInfo", kClockSm));
  sample.memory_mhz = as_int(ask<unsigned>("nvmlDeviceGetClockInfo", kClockMemory));
  sample.temperature_c = as_int(ask<unsigned>("nvmlDeviceGetTemperature", kTemperatureGpu));
  if (const auto limit_mw = ask<unsigned>("nvmlDeviceGetEnforcedPowerLimit")) {
    sample.power_limit_w = *limit_mw / 1000.0;
  }
  if (const auto energy_mj = ask<unsigned long long>("nvmlDeviceGetTotalEnergyConsumption")) {
    sample.energy_mj = static_cast<double>(*energy_mj);
  }
  sample.throttle_reasons =
      throttle_reason_names(ask<unsigned long long>("nvmlDeviceGetCurrentClocksThrottleReasons").value_or(0));
  sample.at = Clock::now();
  return sample;
}

}  // namespace inferscale::machine
