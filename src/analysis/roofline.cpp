#include "analysis/roofline.hpp"

#include <algorithm>
#include <set>

#include "family/ladder.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/precision.hpp"

namespace inferscale::analysis {
namespace {

struct Rates {
  double bytes_s = 0, flop_s = 0;
};

double number_at(const Json& json, const std::string& field) {
  const auto found = json.is_object() ? json.find(field) : json.end();
  return json.is_object() && found != json.end() && found->is_number() ? found->get<double>() : 0;
}

std::optional<Rates> rates_of(const std::vector<DeviceRoofs>& roofs, const std::string& device,
                              const std::string& precision) {
  for (const DeviceRoofs& one : roofs) {
    for (const auto& [computes, flop_s] : one.flop_s) {
      if (one.device == device && computes == precision) {
        return Rates{one.bytes_s, flop_s};
      }
    }
  }
  return std::nullopt;
}

std::optional<model::DecoderSpec> shape_of(const std::string& model,
                                           const std::vector<record::UsedModel>& models) {
  for (const record::UsedModel& one : models) {
    if (one.name == model) {
      return one.config;
    }
  }
  const auto named = family::parse_model_name(model);  // studies from before manifests had shapes
  return named ? std::optional(*named) : std::nullopt;
}

constexpr const record::Metric& kKvBytes = record::metric_called("kv_bytes_per_token");
constexpr const record::Metric& kStep = record::metric_called("time_per_output_token_ms");

/// With a KV cache a step counts: prompts are what prefill measures.
const Estimate& timed(const CellStatistics& cell) {
  return protocol::descriptor(cell.mode).cached() ? cell.of(kStep) : cell.latency_ms;
}

int new_tokens_of(const protocol::Scenario& scenario, const record::Plan& plan) {
  const auto planned = std::find_if(plan.scenarios.begin(), plan.scenarios.end(),
                                    [&](const auto& one) { return one.name == scenario.name; });
  return planned == plan.scenarios.end() ? plan.new_tokens
                                         : protocol::new_tokens_of(*planned, plan.new_tokens);
}

void judge_limits(std::vector<RooflineShare>& shares) {
  std::set<std::pair<std::string, std::string>> refuted;  // rates of matrix products
  for (const RooflineShare& share : shares) {
    if (share.compute_bound && passes_limit(share.share)) {
      refuted.emplace(share.device, share.computes);
    }
  }
  for (RooflineShare& share : shares) {
    share.limit_holds = !passes_limit(share.share) &&
                        !(share.compute_bound && refuted.contains({share.device, share.computes}));
  }
}

}  // namespace

std::optional<CellWork> cell_work(const model::DecoderSpec& config, const protocol::Scenario& scenario,
                                  protocol::Mode mode, int new_tokens, protocol::LogitsScope logits,
                                  double bytes_per_weight, double kv_bytes_per_token) {
  const protocol::ModeDescriptor& described = protocol::descriptor(mode);
  const model::ModelWork fixed = model_work(config);
  if (described.cached()) {
    // The mean step: the first sees the prompt and a token, the last all but the token that it makes.
    const double length = scenario.prompt_tokens + new_tokens / 2.0;
    return kv_bytes_per_token > 0
               ? std::optional(step_work(fixed, scenario.batch, length, bytes_per_weight, kv_bytes_per_token))
               : std::nullopt;
  }
  CellWork total;
  for (const protocol::Shape& pass : described.shapes(scenario, new_tokens)) {
    const model::Work one = pass_work(fixed, pass.batch, pass.length, logits, bytes_per_weight);
    total.flops += one.flops;
    total.bytes += one.bytes;
  }
  return total;
}

std::vector<DeviceRoofs> roofs_of(const Json& environment) {
  std::vector<DeviceRoofs> roofs;
  const auto roofline = environment.is_object() ? environment.find("roofline") : environment.end();
  if (!environment.is_object() || roofline == environment.end() || !roofline->is_array()) {
    return roofs;
  }
  for (const Json& one : *roofline) {
    const auto device = one.is_object() ? one.find("device") : one.end();
    const auto rates = one.is_object() ? one.find("matmul_gflop_s") : one.end();
    if (!one.is_object() || device == one.end() || !device->is_string() || rates == one.end() ||
        !rates->is_object()) {
      continue;
    }
    const double gb_s = std::max(number_at(one, "copy_gb_s"), number_at(one, "read_gb_s"));
    DeviceRoofs of_device{device->get<std::string>(), gb_s * 1e9, {}};
    for (const auto& [precision, rate] : rates->items()) {
      if (rate.is_number() && rate.get<double>() > 0) {
        of_device.flop_s.emplace_back(precision, rate.get<double>() * 1e9);
      }
    }
    std::sort(of_device.flop_s.begin(), of_device.flop_s.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    if (of_device.bytes_s > 0 && !of_device.flop_s.empty()) {
      roofs.push_back(std::move(of_device));
    }
  }
  return roofs;
}

std::vector<RooflineShare> roofline_shares(const std::optional<record::Plan>& plan, const Json& environment,
                                           const Analysis& analysis,
                                           const std::vector<record::UsedModel>& models) {
  std::vector<RooflineShare> shares;
  if (!plan) {
    return shares;
  }
  const std::vector<DeviceRoofs> roofs = roofs_of(environment);
  for (const CellStatistics& cell : analysis.cells) {
    const BackendFacts* backend = find_backend(analysis, cell.backend);
    const auto config = shape_of(cell.model, models);
    if (cell.latency_ms.n == 0 || backend == nullptr || !config ||
        parameter_count(*config) != cell.parameters) {
      continue;
    }
    const auto precision = record::precision_facts(environment, backend->name, backend->precision);
    if (!precision) {
      continue;
    }
    const auto rates = rates_of(roofs, backend->device, std::string(precision->computes));
    const double bytes = precision->bits / 8;
    const Estimate& latency = timed(cell);
    const auto work = cell_work(*config, cell.scenario, cell.mode, new_tokens_of(cell.scenario, *plan),
                                plan->logits, bytes, cell.of(kKvBytes).mean);
    if (!rates || !work || latency.n == 0) {
      continue;
    }
    const double memory_ms = work->bytes / rates->bytes_s * 1e3;
    const double compute_ms = work->flops / rates->flop_s * 1e3;
    const double limit_ms = std::max(memory_ms, compute_ms);
    shares.push_back({cell.model, cell.backend, cell.scenario.name, cell.mode, latency.mean, limit_ms,
                      limit_ms / latency.mean, compute_ms > memory_ms, work->bytes / latency.mean / 1e6,
                      work->flops / latency.mean / 1e6, work->flops / work->bytes, backend->device,
                      std::string(precision->computes)});
  }
  judge_limits(shares);
  return shares;
}

}  // namespace inferscale::analysis
