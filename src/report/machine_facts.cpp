// What environment.json says of a machine, as reports write it.
#include <array>
#include <optional>
#include <utility>

#include "analysis/quantity.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

namespace {

/// "0.2.0, commit 2857bd734609"
std::string version_words(const Json& environment) {
  const std::string version = field_text(environment, "inferscale_version");
  const std::string commit = field_text(environment, "inferscale_commit");
  return version.empty() || commit.empty() ? version : version + ", commit " + commit;
}

/// A number of bytes in an object; nothing where it is not there.
std::optional<double> bytes_at(const Json& environment, const char* object, const char* field) {
  const auto found = environment.find(object);
  return found == environment.end() ? std::nullopt : number_at(*found, field);
}

/// "L1d 32 KiB, L2 1 MiB, L3 32 MiB", as data sheets say it.
std::string cache_words(const Json& environment) {
  std::vector<std::string> parts;
  constexpr std::array<std::pair<const char*, const char*>, 3> kLevels{
      {{"l1d_bytes", "L1d"}, {"l2_bytes", "L2"}, {"l3_bytes", "L3"}}};
  for (const auto& [field, name] : kLevels) {
    if (const auto bytes = bytes_at(environment, "caches", field)) {
      constexpr double kMiB = 1 << 20;
      parts.push_back(*bytes < kMiB ? fmt::format("{} {:g} KiB", name, *bytes / 1024)
                                    : fmt::format("{} {:g} MiB", name, *bytes / kMiB));
    }
  }
  return comma_list(parts);
}

/// "123 GB free of 512 GB"
std::string free_disk_words(const Json& environment) {
  const auto total = bytes_at(environment, "disk", "total_bytes");
  const auto free = bytes_at(environment, "disk", "free_bytes");
  return total && free ? fmt::format("{} free of {}", bytes_text(*free), bytes_text(*total)) : std::string();
}

}  // namespace

std::string field_text(const Json& object, const char* field) {
  if (!object.is_object()) {
    return {};
  }
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) {
    return {};
  }
  if (!found->is_array()) {
    return found->is_string() ? found->get<std::string>() : to_line(*found);
  }
  std::vector<std::string> items;
  for (const Json& item : *found) {
    items.push_back(item.is_string() ? item.get<std::string>() : to_line(item));
  }
  return comma_list(items);
}

std::optional<double> number_at(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::vector<std::pair<std::string, std::string>> machine_facts(const Source& source) {
  const Json& environment = source.environment;
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      facts.emplace_back(name, value);
    }
  };
  add("Processor", field_text(environment, "processor"));
  add("Physical cores", field_text(environment, "physical_cores"));
  add("Logical CPUs", field_text(environment, "logical_cpus"));
  add("Threads a worker", field_text(environment, "threads"));
  add("CPUs that workers are pinned to", field_text(environment, "cpus"));
  add("Caches of a CPU", cache_words(environment));
  add("Vector units", field_text(environment, "processor_features"));
  if (!environment.is_object()) {
    return facts;
  }
  const auto memory = environment.find("memory_gb");
  if (memory != environment.end() && memory->is_number()) {
    add("Memory, GiB", analysis::number_text(memory->get<double>()));
  }
  add("Disk of the results, at the start", free_disk_words(environment));
  if (const auto gpu = environment.find("gpu"); gpu != environment.end()) {
    add("GPU", field_text(*gpu, "name"));
    add("GPU memory, MiB", field_text(*gpu, "memory_mb"));
    add("GPU driver", field_text(*gpu, "driver"));
    add("CUDA of the driver", field_text(*gpu, "cuda_version"));
    add("GPU clocks at most, MHz", field_text(*gpu, "max_sm_mhz"));
    add("GPU power limit, W", field_text(*gpu, "power_limit_w"));
  }
  add("Frequency governor", field_text(environment, "governor"));
  const std::string machine = field_text(environment, "virtual_machine");
  add("Virtual machine", machine == "true" ? "yes" : machine == "false" ? "no" : machine);
  add("Operating system", field_text(environment, "operating_system"));
  add("Kernel", field_text(environment, "kernel"));
  add("C library", field_text(environment, "glibc"));
  add("inferscale", version_words(environment));
  add("Compiler of inferscale", field_text(environment, "compiler"));
  add("Started (UTC)", field_text(environment, "started_at"));
  add("Wall time, with artifacts and accuracy", wall_time_words(source));
  add("Making artifacts, one after another", making_words(source));
  return facts;
}

std::string machine_words(const Json& environment) {
  std::string processor = field_text(environment, "processor");
  const std::string cores = field_text(environment, "physical_cores");
  if (!processor.empty() && !cores.empty()) {
    processor = fmt::format("{} {} of {}", cores, cores == "1" ? "core" : "cores", processor);
  }
  const auto gpu = environment.is_object() ? environment.find("gpu") : environment.end();
  const std::string card = gpu == environment.end() ? std::string() : field_text(*gpu, "name");
  return card.empty() || processor.empty() ? processor + card : processor + ", " + card;
}

}  // namespace inferscale::report
