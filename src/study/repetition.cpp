#include "study/repetition.hpp"

#include "artifact/backend_graph.hpp"
#include "core/clock.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::study {

protocol::LoadRequest make_load_request(const model::Model& model, const StudyBackend& backend,
                                        const Inputs& inputs, const RepetitionSettings& settings) {
  const record::Plan& plan = *settings.plan;
  protocol::LoadRequest request;
  request.backend = backend.info.name;
  request.artifact = inputs.artifact;
  request.weights = inputs.weights;
  request.logits = settings.logits.value_or(plan.logits);
  request.threads = static_cast<int>(settings.cpus.size());
  request.cpus = settings.cpus;
  request.vocabulary = model.config.vocabulary;
  request.max_positions = model.config.positions;
  request.model = to_json(model.config);
  request.seed = plan.seed;
  request.options = artifact::worker_options(options_of(plan, backend.name()));
  return request;
}

record::Row empty_row(const record::Repetition& repetition, const model::Model& model,
                      const StudyBackend& backend, const RepetitionSettings& settings) {
  record::Row row;
  row.study = settings.plan->label;
  row.model = repetition.model;
  row.parameters = parameter_count(model.config);
  row.backend = backend.info.name;
  row.variant = backend.variant;
  row.runtime_version = backend.runtime_version;
  row.device = backend.info.device;
  row.precision = backend.info.precision;
  row.scenario = repetition.scenario;
  row.new_tokens = protocol::descriptor(repetition.mode).makes_tokens
                       ? new_tokens_of(repetition.scenario, settings.plan->new_tokens)
                       : 0;
  row.mode = repetition.mode;
  row.repetition = repetition.number;
  row.threads = static_cast<int>(settings.cpus.size());
  row.started_at = utc_timestamp();
  return row;
}

}  // namespace inferscale::study
