#include "study/exact_int8.hpp"

#include <system_error>

#include "graph/export.hpp"
#include "protocol/needs.hpp"

namespace inferscale::study {
namespace {

constexpr int kExactnessVersion = 1;  // raised when the same inputs would give other figures

/// A folder that its end removes, with its files.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make(std::filesystem::path path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
      return fail("cannot make folder '{}': {}", path.string(), error.message());
    }
    return ScratchFolder(std::move(path));
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    if (!path_.empty()) {
      std::error_code ignored;
      std::filesystem::remove_all(path_, ignored);
    }
  }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return path_ / name; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// The logits of the first block as `backend` computes them from a graph that is made here.
Result<quality::StreamLogits> first_block(const model::Model& model, const StudyBackend& backend,
                                          const Inputs& inputs, const RepetitionSettings& settings,
                                          const ScratchFolder& scratch, bool exact_products) {
  onnx_graph::ExportSettings graph;
  graph.precision = onnx_graph::Precision::int8;
  graph.blocks = 1;
  graph.quantization = *inputs.quantization;
  graph.quantization.exact_products = exact_products;
  Inputs loaded = inputs;
  loaded.artifact = scratch.file(exact_products ? "exact.onnx" : "int8.onnx");
  TRY_ASSIGN(const model::WeightSource weights, model::WeightSource::open(inputs.weights, model.config));
  TRY(graph::export_onnx(weights, graph, loaded.artifact));
  model::Model block = model;
  block.config.layers = 1;
  BackendQualityOptions options;
  options.scratch = scratch.file("logits");
  BackendQuality answer = measure_backend_quality(block, backend, loaded, settings, options);
  if (!answer.logits) {
    return fail("{}: {}", backend.info.name, answer.logits_error);
  }
  return std::move(*answer.logits);
}

}  // namespace

void ask_for_exactness(record::QualityResult& result, const StudyBackend& backend,
                       const std::optional<StudyBackend>& exact, const Inputs& inputs) {
  const bool ours = inputs.quantization && inputs.quantization->form != onnx_graph::QuantizationForm::blocks;
  if (!exact || !ours || backend.info.device != "cpu" || is_built(backend.info)) {
    return;
  }
  result.figures.wants_exactness = true;
  result.figures.may_saturate = inputs.quantization->weight_bits > backend.info.weight_bits;
  result.inputs["exactness"] = {{"version", kExactnessVersion},
                                {"backend", exact->info.name},
                                {"runtime_version", exact->runtime_version}};
}

Result<record::ParityFigures> measure_exactness(const model::Model& model, const StudyBackend& backend,
                                                const StudyBackend& exact, const Inputs& inputs,
                                                const RepetitionSettings& settings,
                                                const std::filesystem::path& folder) {
  TRY_ASSIGN(const ScratchFolder scratch, ScratchFolder::make(folder));
  RepetitionSettings all = settings;
  all.logits = protocol::LogitsScope::all;
  TRY_ASSIGN(const quality::StreamLogits integers, first_block(model, backend, inputs, all, scratch, false));
  TRY_ASSIGN(const quality::StreamLogits floats, first_block(model, exact, inputs, all, scratch, true));
  return quality::compare_logits(floats, integers);
}

void add_exactness(const model::Model& model, const StudyBackend& backend, const StudyBackend& exact,
                   const Inputs& inputs, const RepetitionSettings& settings,
                   const std::filesystem::path& folder, BackendQuality& answer) {
  const auto figures = measure_exactness(model, backend, exact, inputs, settings, folder);
  if (figures) {
    answer.exactness = *figures;
  } else {
    answer.exactness_error = figures.error().message;
  }
}

}  // namespace inferscale::study
