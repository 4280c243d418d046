#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "client/registry.hpp"
#include "core/log.hpp"
#include "protocol/describe.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {
namespace {

Json to_json(const client::RegisteredBackend& backend) {
  Json json = protocol::to_json(backend.info);
  json["available"] = backend.available();
  json["worker"] = backend.worker;
  json["executable"] = backend.executable.string();
  json["runtime"] = backend.runtime;
  json["runtime_version"] = backend.runtime_version;
  return json;
}

std::string runtime_of(const client::RegisteredBackend& backend) {
  return backend.runtime.empty() ? std::string("-") : backend.runtime + " " + backend.runtime_version;
}

/// Why backends cannot run here, a paragraph a reason: those of one worker mostly share it.
void print_reasons(const client::Registry& registry) {
  std::vector<std::pair<std::string, std::string>> reasons;  // reason, names
  for (const auto& backend : registry.backends()) {
    if (backend.available()) {
      continue;
    }
    const auto& reason = backend.info.unavailable_because;
    auto found = std::find_if(reasons.begin(), reasons.end(),
                              [&](const auto& entry) { return entry.first == reason; });
    if (found == reasons.end()) {
      reasons.emplace_back(reason, backend.info.name);
    } else {
      found->second += ", " + backend.info.name;
    }
  }
  for (const auto& [reason, names] : reasons) {
    terminal::print("\n{}:\n  {}\n", names, reason);
  }
}

void print_table(const client::Registry& registry) {
  std::size_t name_width = 7;
  for (const auto& backend : registry.backends()) {
    name_width = std::max(name_width, backend.info.name.size());
  }
  terminal::print("{:<{}}  {:<6}  {:<9}  {:<9}  {}\n", "backend", name_width, "device", "precision",
                  "available", "runtime");
  for (const auto& backend : registry.backends()) {
    terminal::print("{:<{}}  {:<6}  {:<9}  {:<9}  {}\n", backend.info.name, name_width, backend.info.device,
                    backend.info.precision, backend.available() ? "yes" : "no", runtime_of(backend));
  }
  print_reasons(registry);
}

int run_backends(bool json) {
  const auto registry = client::Registry::discover();
  for (const auto& problem : registry.problems()) {
    log_info("{}", problem);
  }
  if (!json) {
    print_table(registry);
    return 0;
  }
  Json list = Json::array();
  for (const auto& backend : registry.backends()) {
    list.push_back(to_json(backend));
  }
  fmt::print("{}", to_pretty(list));
  return 0;
}

}  // namespace

void add_backends_command(CLI::App& app, int& exit_code) {
  auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("backends", "List every backend, and why one cannot be used here");
  command->add_flag("--json", *json, "Print the list as JSON");
  command->callback([json, &exit_code] { exit_code = run_backends(*json); });
}

}  // namespace inferscale::cli
