#include <memory>

#include "cli/commands.hpp"
#include "protocol/message_fields.hpp"
#include "record/plan_fields.hpp"
#include "record/quality_fields.hpp"
#include "record/row_fields.hpp"

namespace inferscale::cli {
namespace {

/// By the name of what has the fields, each a list in the order in which they are written.
Json declarations() {
  Json json = Json::object();
  json["plan"] = describe_fields<record::Plan>();
  json["plan.stop"] = describe_fields<protocol::StoppingRule>();
  json["scenario"] = describe_fields<protocol::Scenario>();
  json["row"] = describe_fields<record::Row>();
  json["row.latency_ms"] = describe_fields<protocol::LatencySummary>();
  json["quality"] = describe_fields<record::QualityResult>();
  json["quality.parity"] = describe_fields<record::ParityFigures>();
  json["quality.perplexity"] = describe_fields<record::PerplexityRun>();
  json["build request"] = describe_fields<protocol::BuildRequest>();
  json["build reply"] = describe_fields<protocol::BuiltReply>();
  json["load request"] = describe_fields<protocol::LoadRequest>();
  json["load reply"] = describe_fields<protocol::LoadedReply>();
  json["measure request"] = describe_fields<protocol::MeasureRequest>();
  json["measure reply"] = describe_fields<protocol::Measurement>();
  json["logits request"] = describe_fields<protocol::LogitsRequest>();
  json["logits reply"] = describe_fields<protocol::LogitsReply>();
  json["score request"] = describe_fields<protocol::ScoreRequest>();
  json["score reply"] = describe_fields<protocol::Scores>();
  return json;
}

void print_table(const Json& all) {
  for (const auto& [name, fields] : all.items()) {
    fmt::print("{}\n", name);
    for (const Json& field : fields) {
      fmt::print("  {} {} {}\n", field["name"].get<std::string>(), field["type"].get<std::string>(),
                 field["unit"].get<std::string>());
    }
  }
}

}  // namespace

void add_fields_command(CLI::App& app, int& exit_code) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("fields", "List the fields of plans, rows, accuracy results and messages");
  command->add_flag("--json", *as_json, "With type, unit, range, default and option, as JSON");
  command->callback([as_json, &exit_code] {
    const Json all = declarations();
    if (*as_json) {
      fmt::print("{}", to_pretty(all));
    } else {
      print_table(all);
    }
    exit_code = 0;
  });
}

}  // namespace inferscale::cli
