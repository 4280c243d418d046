#include "analysis/analysis_json.hpp"
#include "analysis/recommend.hpp"

namespace inferscale::analysis {
namespace {

Json candidate_json(const Candidate& candidate) {
  Json json = Json::object();
  json["machine"] = candidate.machine;
  json["backend"] = candidate.backend;
  json["basis"] = to_string(candidate.basis);
  json["models"] = candidate.models;
  json["throughput_tok_s"] = candidate.throughput_tok_s;
  json["worst_latency_ms"] = candidate.worst_latency_ms;
  json["worst_scenario"] = candidate.worst_scenario;
  json["price_per_million_tokens"] =
      candidate.price_per_million_tokens ? Json(*candidate.price_per_million_tokens) : Json(nullptr);
  return json;
}

}  // namespace

Json to_json(const Recommendation& recommendation, bool several_machines) {
  Json json = Json::object();
  json["mode"] = to_string(recommendation.mode);
  json["parameters"] = recommendation.parameters;
  json["model"] = recommendation.model.empty() ? Json(nullptr) : Json(recommendation.model);
  json["scenarios"] = recommendation.scenarios;
  const auto& candidates = recommendation.candidates;
  json["winner"] = candidates.empty() ? Json(nullptr) : Json(label(candidates.front(), several_machines));
  json["basis"] = candidates.empty() ? Json(nullptr) : Json(to_string(candidates.front().basis));
  json["tied_with"] = Json::array();
  for (const Candidate& candidate : candidates) {
    if (candidate.tied) {
      json["tied_with"].push_back(label(candidate, several_machines));
    }
  }
  json["runner_up"] = candidates.size() < 2 ? Json(nullptr) : Json(label(candidates[1], several_machines));
  json["margin"] = recommendation.margin ? to_json(*recommendation.margin) : Json(nullptr);
  json["candidates"] = Json::array();
  for (const Candidate& candidate : candidates) {
    json["candidates"].push_back(candidate_json(candidate));
  }
  json["left_out"] = Json::array();
  for (const LeftOut& left_out : recommendation.left_out) {
    json["left_out"].push_back(Json{{"backend", left_out.backend}, {"reason", left_out.reason}});
  }
  json["measured_parameters"] = recommendation.measured_parameters;
  return json;
}

}  // namespace inferscale::analysis
