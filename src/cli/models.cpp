#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "analysis/quantity.hpp"
#include "cli/commands.hpp"
#include "core/json.hpp"
#include "family/ladder.hpp"
#include "family/resolve.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {

using namespace model;

namespace {

/// Megabytes (10^6) of the weights as F32.
double fp32_mb(const DecoderSpec& config) {
  return static_cast<double>(parameter_count(config)) * 4 / 1e6;
}

/// "12", or "9/3" where 9 heads of queries read 3 of keys and values.
std::string heads_text(const DecoderSpec& config) {
  return kv_heads(config) == config.heads ? fmt::format("{}", config.heads)
                                          : fmt::format("{}/{}", config.heads, kv_heads(config));
}

void print_table(const std::vector<DecoderSpec>& configs) {
  std::size_t width = 5;
  for (const DecoderSpec& config : configs) {
    width = std::max(width, config.name.size());
  }
  terminal::print("{:<{}}  {:>6}  {:>6}  {:>5}  {:>13}  {:>8}\n", "model", width, "layers", "hidden", "heads",
                  "parameters", "fp32 MB");
  for (const DecoderSpec& config : configs) {
    terminal::print("{:<{}}  {:>6}  {:>6}  {:>5}  {:>13}  {:>8.1f}\n", config.name, width, config.layers,
                    config.hidden, heads_text(config),
                    analysis::separate_thousands(std::to_string(parameter_count(config))), fp32_mb(config));
  }
}

void print_json(const std::vector<DecoderSpec>& configs) {
  Json list = Json::array();
  for (const DecoderSpec& config : configs) {
    Json entry = to_json(config);
    entry["parameters"] = parameter_count(config);
    entry["fp32_mb"] = fp32_mb(config);
    list.push_back(std::move(entry));
  }
  fmt::print("{}", to_pretty(list));
}

Result<std::vector<DecoderSpec>> named_models(const std::vector<std::string>& names) {
  if (names.empty()) {
    return ladder();
  }
  std::vector<DecoderSpec> configs;
  for (const std::string& name : names) {
    TRY_ASSIGN(const Model model, resolve_model(name));
    configs.push_back(model.config);
  }
  return configs;
}

struct Options {
  std::vector<std::string> names;
  bool json = false;
};

int run(const Options& options) {
  const auto configs = named_models(options.names);
  if (!configs) {
    return report_error(configs.error());
  }
  options.json ? print_json(*configs) : print_table(*configs);
  return 0;
}

}  // namespace

void add_models_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("models", "List the ladder of models: shape, parameters, size");
  command->add_option("MODEL", options->names,
                      "Describe these instead: names, shapes (gpt2:layers=7,hidden=640,heads=10) or folders");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace inferscale::cli
