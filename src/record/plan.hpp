#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "protocol/logits_scope.hpp"
#include "protocol/measurement.hpp"
#include "record/variant.hpp"

namespace inferscale::record {

/// What a study measures. JSON in presets/*.json and results/<label>/plan.json; record/plan_fields.hpp
/// declares its fields (docs/reference/plans.md).
struct Plan {
  std::string name;                   ///< preset or file name
  std::string label;                  ///< folder under results/
  std::vector<std::string> models;    ///< ladder names, "gpt2:layers=..", or folders
  std::vector<std::string> backends;  ///< backend names, installed or not
  std::vector<protocol::Scenario> scenarios;
  std::vector<protocol::Mode> modes;
  int repetitions = 5;
  int new_tokens = 8;
  int warmup_iterations = 3;
  protocol::StoppingRule stop;
  protocol::LogitsScope logits = protocol::LogitsScope::all;
  std::string device;          ///< "cpu", "cuda", or empty: whatever each backend runs on
  int threads = 0;             ///< 0: one a physical core
  int parallel_loads = 1;      ///< workers that load and prepare side by side; they measure one by one
  bool share_workers = false;  ///< one process measures a round: every cell of a model and a backend once
  double timeout_s = 180;      ///< hard deadline of one repetition
  double memory_limit_mb = 0;  ///< of a worker's process group; 0: none
  std::uint64_t seed = 118;    ///< weights, prompts and the order of cells
  std::string corpus;          ///< perplexity; empty: none
  std::string tokenizer;
  std::string metric;          ///< that backends are ranked by; empty: each mode's own
  double indifference = 0.05;  ///< relative differences up to this are none that anyone acts on
  std::map<std::string, Json> backend_options;  ///< by backend name, passed to its worker as they are
  std::vector<Variant> variants;                ///< backends that are measured more than once
};

constexpr int kPlanSchemaVersion = 1;
constexpr std::size_t kMaxPlanNames = 1000;  ///< of models, backends or scenarios

/// Reads and validates; `place` ("plan.json") leads every error, which names the field.
Result<Plan> parse_plan(const Json& json, const std::string& place);
/// Ranges and duplicates: what parse_plan checks too, and what command-line overrides can break.
Result<void> validate(const Plan& plan, const std::string& place);
Json to_json(const Plan& plan);
/// plan.backend_options of that backend, under those of the variant where the name is one's; an empty object
/// where it has none.
Json options_of(const Plan& plan, const std::string& backend);

/// Reads a plan file; its name is the file's, unless it gives one. `called`: how errors call the file; empty:
/// by its path.
Result<Plan> load_plan(const std::filesystem::path& file, const std::string& called = {});
/// Reads presets/<name>.json from the share folder beside the program's; the error lists the presets.
Result<Plan> load_preset(const std::string& name);
std::vector<std::string> preset_names();

/// A study may be taken up again under a plan that only adds models, backends, scenarios, modes or
/// repetitions, or that is supervised differently (name, parallel_loads, timeout_s, memory_limit_mb), or has
/// another corpus or tokenizer (accuracy is then measured again). Any other difference would mix rows that do
/// not belong together: an error that names the field and both values.
Result<void> check_resumable(const Plan& stored, const Plan& wanted, const std::string& place);

}  // namespace inferscale::record
