#include "machine/gpu_limits.hpp"

#include "core/process.hpp"

namespace inferscale::machine {
namespace {

constexpr const char* kProbe = "inferscale-probe-cuda";
constexpr std::chrono::seconds kTimeout{60};

}  // namespace

Result<Json> measure_gpu_limits() {
  ProcessOptions options;
  options.arguments = {(executable_folder() / kProbe).string()};
  TRY_ASSIGN(const RunResult run, run_process(options, {}, kTimeout));
  if (run.status.code != 0 || run.status.signal != 0) {
    const auto words = run.errors.substr(0, run.errors.find('\n'));
    return fail("{}", words.empty() ? fmt::format("{} ended with {}", kProbe, describe(run.status)) : words);
  }
  TRY_ASSIGN(Json limits, parse_json(run.output, kProbe));
  FieldReader fields(limits, kProbe);
  double copy_gb_s = 0;
  TRY(fields.require("copy_gb_s", copy_gb_s));
  if (!(copy_gb_s > 0)) {
    return fail("{}: says {} GB/s", kProbe, copy_gb_s);
  }
  return limits;
}

}  // namespace inferscale::machine
