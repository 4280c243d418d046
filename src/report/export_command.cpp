#include "report/export_command.hpp"

#include <algorithm>

#include "protocol/modes/descriptor.hpp"
#include "protocol/needs.hpp"
#include "record/artifact_use.hpp"
#include "record/int8_form.hpp"
#include "report/command_words.hpp"
#include "report/plan_flags.hpp"

namespace inferscale::report {
namespace {

using record::ArtifactUse;

/// Of the graph that was measured, where the study wrote it down.
std::optional<ArtifactUse> use_of(const Source& source, const std::string& model, const std::string& backend,
                                  protocol::Mode mode) {
  const std::vector<ArtifactUse> uses = record::uses_of(source.manifest).uses;
  const auto found = std::find_if(uses.begin(), uses.end(), [&](const ArtifactUse& use) {
    return use.backend == backend && use.model == model && use.mode == mode && !use.dialect.empty();
  });
  return found == uses.end() ? std::nullopt : std::optional(*found);
}

/// Modes without a cache run the same graphs.
std::string mode_flags(const Source& source, protocol::Mode mode) {
  if (protocol::descriptor(mode).cached()) {
    return fmt::format(" --mode {}", to_string(mode));
  }
  const bool last = source.plan && source.plan->logits == protocol::LogitsScope::last;
  return last ? " --logits last" : "";
}

/// Where calibration had its scales from.
std::string calibration_flags(const record::Plan& plan, const Json& options) {
  std::string flags;
  if (const auto method = options.find("calibration"); method != options.end() && method->is_string()) {
    flags += " --calibration " + method->get<std::string>();
  }
  if (const auto percentile = options.find("percentile"); percentile != options.end()) {
    flags += " --percentile " + percentile->dump();
  }
  if (!plan.corpus.empty()) {
    flags += " --corpus " + shell_word(plan.corpus) +
             (plan.tokenizer.empty() ? "" : " --tokenizer " + shell_word(plan.tokenizer));
  }
  return flags;
}

/// The form, the head and the bits of weights: `export` has other defaults than a backend's graph.
std::string quantization_flags(const Source& source, const protocol::BackendInfo& backend,
                               const std::optional<ArtifactUse>& use) {
  const Json options = source.plan ? options_of(*source.plan, backend.name) : Json::object();
  const bool head = options.value("quantize_head", Json(true)) != Json(false);
  if (!takes_int8_graph(backend)) {
    return takes_int4_graph(backend) && !head ? " --no-quantize-head" : "";
  }
  std::string form = use ? use->form : std::string();
  if (form.empty()) {
    form = record::int8_form(backend, options);
  }
  std::string flags = form == "qdq" || form.empty() ? "" : " --" + form;
  if (form == "qdq" && source.plan) {
    flags += calibration_flags(*source.plan, options);
  }
  if (use && use->weight_bits && *use->weight_bits != protocol::BackendInfo().weight_bits) {
    flags += fmt::format(" --weight-bits {}", *use->weight_bits);
  }
  return flags + (head ? " --quantize-head" : "");
}

}  // namespace

std::string export_command(const Source& source, const std::string& model,
                           const protocol::BackendInfo& backend, protocol::Mode mode) {
  const auto graph = graph_of(backend, mode);
  const std::optional<ArtifactUse> use = use_of(source, model, backend.name, mode);
  if (!graph || (!use && protocol::descriptor(mode).cached())) {
    return {};  // each runtime has a form of its own with a cache
  }
  const std::string dialect =
      use && use->dialect != "portable" ? " --dialect " + use->dialect : std::string();
  return fmt::format("inferscale export {} --precision {}{}{}{}{}{} -o {}", model_word(source, model),
                     graph->precision, mode_flags(source, mode), quantization_flags(source, backend, use),
                     dialect, graph->logits.empty() ? "" : " --half-logits",
                     source.plan ? seed_flag(*source.plan) : "", shell_word(model + ".onnx"));
}

}  // namespace inferscale::report
