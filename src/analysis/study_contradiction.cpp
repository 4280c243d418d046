#include "analysis/study_contradiction.hpp"

#include "core/clock.hpp"

namespace inferscale::analysis {
namespace {

constexpr double kDayS = 24 * 3600;

/// The member where it is one of a type; null where not.
const Json* member(const Json& object, const char* name, bool (Json::*is_type)() const noexcept) {
  const auto found = object.find(name);  // end() where this is no object
  return found != object.end() && ((*found).*is_type)() ? &*found : nullptr;
}

std::string text_member(const Json& object, const char* name) {
  const Json* text = member(object, name, &Json::is_string);
  return text == nullptr ? std::string() : text->get<std::string>();
}

/// Of the same worker both; a row of a backend that could not run has no version.
void check_backend(const record::Row& row, const Json& environment, std::vector<std::string>& found) {
  const Json* backends = member(environment, "backends", &Json::is_object);
  const Json* backend =
      backends == nullptr ? nullptr : member(*backends, name_in_plan(row).c_str(), &Json::is_object);
  if (backend == nullptr) {
    return;
  }
  for (const auto& [name, value] : {std::pair("runtime_version", &row.runtime_version),
                                    {"device", &row.device},
                                    {"precision", &row.precision}}) {
    const std::string known = text_member(*backend, name);
    if (!value->empty() && !known.empty() && *value != known) {
      found.push_back(fmt::format("{} is '{}', and environment.json has '{}' of {}", name, *value, known,
                                  name_in_plan(row)));
    }
  }
}

void check_memory(const char* field, double row_mb, const Json* machine, double unit_mb,
                  std::vector<std::string>& found) {
  const double machine_mb = machine == nullptr ? 0 : machine->get<double>() * unit_mb;
  if (machine_mb > 0 && row_mb > machine_mb) {
    found.push_back(
        fmt::format("{} is {}, and environment.json has {:.0f} MiB in all", field, row_mb, machine_mb));
  }
}

}  // namespace

std::vector<std::string> environment_contradictions(const record::Row& row, const Json& environment) {
  std::vector<std::string> found;
  check_backend(row, environment, found);
  const Json* threads = member(environment, "threads", &Json::is_number_integer);
  if (threads != nullptr && row.threads != 0 && *threads != row.threads) {
    found.push_back(
        fmt::format("threads is {}, and environment.json has {}", row.threads, to_line(*threads)));
  }
  check_memory("memory_peak_mb", row.memory_peak_mb, member(environment, "memory_gb", &Json::is_number), 1024,
               found);
  if (const Json* gpu = member(environment, "gpu", &Json::is_object)) {
    check_memory("gpu_memory_peak_mb", row.gpu_memory_peak_mb, member(*gpu, "memory_mb", &Json::is_number), 1,
                 found);
  }
  const std::string study = text_member(environment, "started_at");
  const auto row_s = utc_seconds(row.started_at);
  const auto study_s = utc_seconds(study);
  if (row_s && study_s && *row_s < *study_s - kDayS) {
    found.push_back(fmt::format("started at {}, and the study at {}", row.started_at, study));
  }
  return found;
}

std::vector<std::string> run_contradictions(std::span<const record::StudyRun> runs, const RowTotals& totals) {
  std::size_t rows = 0;
  double wall_s = 0;
  for (const record::StudyRun& run : runs) {
    rows += run.rows;
    wall_s += run.wall_s;
  }
  std::vector<std::string> found;
  if (rows > totals.rows) {
    found.push_back(fmt::format("has runs that added {} rows, and {} are there", rows, totals.rows));
  }
  if (!runs.empty() && rows == totals.rows && totals.timed_s > wall_s) {
    found.push_back(fmt::format("has runs of {:.1f} s, and the rows' timed iterations took {:.1f} s", wall_s,
                                totals.timed_s));
  }
  return found;
}

}  // namespace inferscale::analysis
