// The machine, what was measured on it, and how.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "analysis/quantity.hpp"
#include "family/ladder.hpp"
#include "protocol/logits_scope.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/artifact_use.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

Table machine_table(const Source& source) {
  Table table{"Machine", {{"What", false}, {"Value", false}}, {}};
  for (const auto& [name, value] : machine_facts(source)) {
    table.rows.push_back({Text(name), Text(value)});
  }
  return table;
}

/// "Python 3.11.7"; empty where the worker named none.
std::string libraries_of(const Json& environment, const std::string& backend) {
  const Json::json_pointer place = Json::json_pointer() / "backends" / backend / "libraries";
  std::vector<std::string> parts;
  if (environment.is_object() && environment.contains(place) && environment[place].is_object()) {
    for (const auto& [name, version] : environment[place].items()) {
      parts.push_back(name + " " + field_text(environment[place], name.c_str()));
    }
  }
  return comma_list(parts);
}

Table backend_table(const Source& source) {
  Table table{"Backends",
              {{"Backend", false}, {"Runtime version", false}, {"Device", false}, {"Precision", false}},
              {}};
  const auto& backends = source.analysis.backends;
  const bool libraries =
      std::any_of(backends.begin(), backends.end(), [&](const analysis::BackendFacts& backend) {
        return !libraries_of(source.environment, backend.name).empty();
      });
  if (libraries) {
    table.columns.push_back({"With", false});
  }
  for (const analysis::BackendFacts& backend : backends) {
    const auto or_none = [](const std::string& text) { return Text(text.empty() ? kNone : text); };
    table.rows.push_back({Text(backend.name), or_none(comma_list(backend.runtime_versions)),
                          or_none(backend.device), or_none(backend.precision)});
    if (libraries) {
      table.rows.back().push_back(or_none(libraries_of(source.environment, backend.name)));
    }
  }
  return table;
}

/// Of a model whose shape the study wrote down, or whose name is one.
std::optional<model::DecoderSpec> shape_of(const Source& source, const std::string& name) {
  for (const record::UsedModel& used : record::uses_of(source.manifest).models) {
    if (used.name == name) {
      return used.config;
    }
  }
  auto of_name = family::parse_model_name(name);
  return of_name ? std::optional(std::move(*of_name)) : std::nullopt;
}

Table model_table(const Source& source) {
  Table table{"Models",
              {{"Model", false},
               {"Parameters", true},
               {"Layers", true},
               {"Width", true},
               {"Heads (of keys)", true},
               {"Vocabulary", true},
               {"Positions", true}},
              {}};
  for (const analysis::ModelSize& model : source.analysis.models) {
    const auto shape = shape_of(source, model.name);
    std::vector<Text> row{Text(model.name), analysis::number_text(static_cast<double>(model.parameters))};
    if (shape) {
      const auto number = [](std::int64_t value) { return Text(std::to_string(value)); };
      row.insert(row.end(), {number(shape->layers), number(shape->hidden),
                             Text(fmt::format("{} ({})", shape->heads, model::kv_heads(*shape))),
                             number(shape->vocabulary), number(shape->positions)});
    } else {
      row.insert(row.end(), 5, Text(kNone));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Whether a mode makes tokens; then scenarios say how many.
bool makes_tokens(const analysis::Analysis& analysis) {
  return std::any_of(analysis.modes.begin(), analysis.modes.end(),
                     [](protocol::Mode mode) { return protocol::descriptor(mode).makes_tokens; });
}

Table scenario_table(const Source& source) {
  Table table{"Scenarios", {{"Scenario", false}, {"Batch", true}, {"Prompt, tokens", true}}, {}};
  const bool made = makes_tokens(source.analysis) && source.plan;
  if (made) {
    table.columns.push_back({"New tokens", true});
  }
  for (const protocol::Scenario& scenario : source.analysis.scenarios) {
    table.rows.push_back(
        {Text(scenario.name), std::to_string(scenario.batch), std::to_string(scenario.prompt_tokens)});
    if (made) {
      table.rows.back().emplace_back(
          std::to_string(protocol::new_tokens_of(scenario, source.plan->new_tokens)));
    }
  }
  return table;
}

/// By backend and mode; no rows where the GPU, if there is one, ran at the clocks asked for throughout.
Table throttling_table(const analysis::Analysis& analysis) {
  struct Throttled {
    int cells = 0, repetitions = 0, ok = 0;
    std::set<std::string> reasons;
  };
  std::map<std::pair<std::string, protocol::Mode>, Throttled> found;
  for (const analysis::CellStatistics& cell : analysis.cells) {
    Throttled& here = found[{cell.backend, cell.mode}];
    here.cells += cell.throttled > 0 ? 1 : 0;
    here.repetitions += cell.throttled;
    here.ok += cell.outcomes.ok;
    here.reasons.insert(cell.throttle_reasons.begin(), cell.throttle_reasons.end());
  }
  Table table{"Where the GPU was throttled (flagged, never dropped; the cells say so too)",
              {{"Backend", false},
               {"Mode", false},
               {"Cells", true},
               {"Repetitions of ok ones", true},
               {"Why", false}},
              {}};
  for (const auto& [key, here] : found) {
    if (here.repetitions > 0) {
      table.rows.push_back({Text(key.first), std::string(to_string(key.second)), std::to_string(here.cells),
                            fmt::format("{} / {}", here.repetitions, here.ok),
                            Text(comma_list({here.reasons.begin(), here.reasons.end()}))});
    }
  }
  return table;
}

List method_list(const Source& source) {
  List list;
  for (const protocol::Mode mode : source.analysis.modes) {
    const protocol::ModeDescriptor& described = protocol::descriptor(mode);
    list.items.push_back(
        Text().strong(std::string(described.name)).plain(fmt::format(": {}.", described.words)));
  }
  if (source.plan) {
    const record::Plan& plan = *source.plan;
    list.items.emplace_back(
        fmt::format("{} a cell, {} (seed {}).", count_text(plan.repetitions, "repetition"),
                    plan.share_workers ? "each in another process, which measures every cell of "
                                         "its model and backend once, in a shuffled order"
                                       : "each in a fresh process, all of the study's in one "
                                         "shuffled order",
                    plan.seed));
    list.items.emplace_back(fmt::format(
        "A repetition: {}, then timed iterations until the 95% half-width of their mean is at most {} of it "
        "({} to {} iterations, at most {} s).",
        count_text(plan.warmup_iterations, "warm-up iteration"),
        percent_text(plan.stop.target_relative_half_width), plan.stop.min_iterations,
        plan.stop.max_iterations, plan.stop.max_s));
    list.items.emplace_back(
        fmt::format("Logits copied back to host memory: {}, the same for every backend.",
                    plan.logits == protocol::LogitsScope::all ? "every position" : "the last position"));
    list.items.emplace_back(
        fmt::format("{} a worker, pinned; deadline {} s a repetition{}.", count_text(plan.threads, "thread"),
                    plan.timeout_s, plan.share_workers ? ", and as much a cell for a worker to load" : ""));
  }
  list.items.emplace_back(
      "The unit of every statistic is the repetition: Student's t for means, Welch's t on logs for ratios, "
      "Holm "
      "over each family of tests, Wilson for rates. 95% everywhere.");
  return list;
}

}  // namespace

Blocks method_section(const Source& source) {
  Blocks blocks{Heading{2, "Machine and method"}, method_list(source)};
  if (source.environment.is_object()) {
    blocks.emplace_back(machine_table(source));
  } else {
    blocks.emplace_back(Paragraph{"environment.json is missing, so the machine is not known.", false});
  }
  if (Table throttled = throttling_table(source.analysis); !throttled.rows.empty()) {
    blocks.emplace_back(std::move(throttled));
  }
  if (!source.analysis.models.empty()) {
    blocks.emplace_back(model_table(source));
  }
  if (!source.analysis.backends.empty()) {
    blocks.emplace_back(backend_table(source));
  }
  if (!source.analysis.scenarios.empty()) {
    blocks.emplace_back(scenario_table(source));
  }
  return blocks;
}

}  // namespace inferscale::report
