#include <memory>

#include "analysis/compare_fields.hpp"
#include "analysis/derived_fields.hpp"
#include "analysis/recommend_fields.hpp"
#include "cli/commands.hpp"
#include "protocol/message_fields.hpp"
#include "record/metrics.hpp"
#include "record/plan_fields.hpp"
#include "record/quality_fields.hpp"
#include "record/row_fields.hpp"
#include "search/search_fields.hpp"

namespace inferscale::cli {
namespace {

/// What follows from rows. The names are those of docs/reference/results.md.
void add_analysis(Json& json) {
  json["metric"] = Json::array();
  for (const record::Metric& metric : record::kMetrics) {
    json["metric"].push_back(describe_field(metric.name, "number", {.unit = metric.unit}, nullptr));
  }
  json["estimate"] = describe_fields<analysis::Estimate>();
  json["counts"] = describe_fields<analysis::OutcomeCounts>();
  json["cell"] = describe_fields<analysis::CellStatistics>();
  json["overall mean"] = describe_fields<analysis::OverallMean>();
  json["ratio test"] = describe_fields<analysis::RatioTest>();
  json["paired test"] = describe_fields<analysis::PairedTest>();
  json["scenario comparison"] = describe_fields<analysis::ScenarioComparison>();
  json["overall comparison"] = describe_fields<analysis::OverallComparison>();
  json["outcome total"] = describe_fields<analysis::OutcomeTotal>();
  json["crossover"] = describe_fields<analysis::Crossover>();
  json["bracket"] = describe_fields<analysis::Crossover::Bracket>();
  json["fit"] = describe_fields<analysis::CrossoverFit>();
  json["curvature"] = describe_fields<analysis::CurvatureTest>();
  json["point"] = describe_fields<analysis::RatioPoint>();
  json["scaling"] = describe_fields<analysis::BackendScaling>();
  json["decision"] = describe_fields<analysis::Decision>();
  json["line"] = describe_fields<analysis::DecisionLine>();
  json["ranked backend"] = describe_fields<analysis::RankedBackend>();
  json["part"] = describe_fields<analysis::PartDecision>();
  json["left out"] = describe_fields<analysis::LeftOut>();
  json["share"] = describe_fields<analysis::RooflineShare>();
  json["precision"] = describe_fields<analysis::PrecisionComparison>();
  json["cost"] = describe_fields<analysis::ServingCost>();
  json["comparison of studies"] = describe_fields<analysis::StudyComparison>();
  json["difference"] = describe_fields<analysis::EnvironmentDifference>();
  json["change of a cell"] = describe_fields<analysis::CellChange>();
  json["change of a backend"] = describe_fields<analysis::TotalChange>();
  json["unmatched cell"] = describe_fields<analysis::UnmatchedCell>();
  json["comparison of machines"] = describe_fields<analysis::MachineComparison>();
  json["row of machines"] = describe_fields<analysis::MachineRow>();
  json["machine's value"] = describe_fields<analysis::MachineValue>();
  json["recommendation"] = describe_fields<analysis::Recommendation>();
  json["candidate"] = describe_fields<analysis::Candidate>();
  json["search"] = describe_fields<search::CrossoverSearch>();
  json["step of a search"] = describe_fields<search::SearchStep>();
  json["bracket of a search"] = describe_fields<search::SearchBracket>();
}

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
  json["quality.cached_perplexity"] = describe_fields<record::CachedPerplexity>();
  json["quality.greedy"] = describe_fields<record::GreedyComparison>();
  json["quality.greedy.first_difference"] = describe_fields<record::GreedyDifference>();
  add_analysis(json);
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
  CLI::App* command = app.add_subcommand("fields", "List the fields of plans, rows, results and messages");
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
