#include <cstdio>
#include <optional>

#include "artifact/backend_graph.hpp"
#include "artifact/weight_links.hpp"
#include "cli/commands.hpp"
#include "core/clock.hpp"
#include "core/files.hpp"
#include "graph/export.hpp"
#include "record/plan.hpp"
#include "terminal/number_options.hpp"

namespace inferscale::cli {

using namespace artifact;
using namespace onnx_graph;

namespace {

struct ExportOptions {
  std::string model;
  std::string precision = "fp32";
  std::string mode = "prefill";
  std::string logits;  ///< empty: all, with a cache last
  std::string dialect = "portable";
  std::string artifacts = "artifacts";
  std::string output;
  std::uint64_t seed = record::Plan().seed;
  bool dynamic = false;
  bool blocks = false;
  bool quantize_head = false;
  bool keep_head = false;
  bool half_logits = false;
  int weight_bits = kWeightBits;
  std::string calibration;  ///< empty: max
  std::optional<double> percentile;
  std::string corpus, tokenizer;
  bool link_weights = false;
  bool json = false;
};

bool quantizes_head(const ExportOptions& options) {
  return options.quantize_head || (options.precision == to_string(Precision::int4) && !options.keep_head);
}

QuantizationForm form_of(const ExportOptions& options) {
  if (options.blocks) {
    return QuantizationForm::blocks;
  }
  return options.dynamic ? QuantizationForm::dynamic : QuantizationForm::qdq;
}

Result<QuantizationChoice> choice_of(const ExportOptions& options) {
  QuantizationChoice choice;
  choice.form = form_of(options);
  choice.head = quantizes_head(options);
  choice.weight_bits = options.weight_bits;
  const auto method = parse_calibration_method(options.calibration.empty() ? "max" : options.calibration);
  if (!method) {
    return fail_usage("export: --calibration is max, entropy or percentile, not '{}'", options.calibration);
  }
  choice.calibration.method = *method;
  if (options.percentile && *method != CalibrationMethod::percentile) {
    return fail_usage("export: --percentile is for --calibration percentile only");
  }
  choice.calibration.percentile = options.percentile.value_or(choice.calibration.percentile);
  return choice;
}

Result<ExportSettings> settings_of(const ExportOptions& options) {
  const auto precision = parse_precision(options.precision);
  if (!precision) {
    return fail_usage("export: --precision is fp32, fp16, bf16, int8 or int4, not '{}'", options.precision);
  }
  const auto mode = parse_graph_mode(options.mode);
  if (!mode) {
    return fail_usage("export: --mode is prefill or decode, not '{}'", options.mode);
  }
  const std::string by_default = *mode == GraphMode::decode ? "last" : "all";
  const auto logits = protocol::parse_logits_scope(options.logits.empty() ? by_default : options.logits);
  if (!logits) {
    return fail_usage("export: --logits is all or last, not '{}'", options.logits);
  }
  const auto dialect = parse_dialect(options.dialect);
  if (!dialect) {
    return fail_usage("export: --dialect is portable, fused or fixed_cache, not '{}'", options.dialect);
  }
  ExportSettings settings;
  settings.precision = *precision;
  settings.dialect = *dialect;
  settings.mode = *mode;
  settings.logits = *logits;
  settings.half_logits = options.half_logits;
  settings.quantization.head = quantizes_head(options);
  TRY(graph::check_supported(settings));
  TRY(choice_of(options));
  if (settings.precision != Precision::int8 &&
      (options.dynamic || options.blocks || options.weight_bits != kWeightBits ||
       !options.calibration.empty() || !options.corpus.empty())) {
    return fail_usage(
        "export: --dynamic, --blocks, --weight-bits, --calibration and --corpus are for --precision int8 "
        "only");
  }
  if (!options.tokenizer.empty() && options.corpus.empty()) {
    return fail_usage("export: --tokenizer is for --corpus only");
  }
  if (options.keep_head && settings.precision != Precision::int4) {
    return fail_usage(
        "export: --no-quantize-head is for --precision int4 only: of others the output "
        "projection is quantised only with --quantize-head");
  }
  if (options.quantize_head && !quantises(settings.precision)) {
    return fail_usage("export: --quantize-head is for --precision int8 and int4 only");
  }
  return settings;
}

/// Calibrates where the form asks for it; says in `sidecar` how the graph is quantised.
Result<Quantization> quantization_of(const ExportOptions& options, const model::Model& model,
                                     protocol::LogitsScope logits, ArtifactStore& store, Json& sidecar) {
  TRY_ASSIGN(const QuantizationChoice choice, choice_of(options));
  GraphRequest request;
  request.seed = options.seed;
  request.logits = logits;
  request.corpus = options.corpus;
  request.tokenizer = options.tokenizer;
  if (choice.form == QuantizationForm::qdq) {
    request.runner = calibration_runner(client::Registry::discover());
  }
  TRY_ASSIGN(CalibratedQuantization made, calibrated(store, model, request, choice));
  sidecar["form"] = to_string(choice.form);
  sidecar["quantize_head"] = choice.head;
  sidecar["weight_bits"] = choice.weight_bits;
  if (made.calibration) {
    TRY_ASSIGN(sidecar["calibration"], read_json_file(made.calibration->path));
  }
  return std::move(made.quantization);
}

/// An export onto a file that the model is made of would destroy the model; onto a link, the link.
Result<void> check_output(const std::string& output, const model::Model& model) {
  std::error_code ignored;
  if (output == "-" || std::filesystem::is_symlink(output, ignored)) {
    return fail_usage("export: '{}' is {}: give -o the name of a file", output,
                      output == "-" ? "no file, and a graph cannot go to stdout" : "a symbolic link");
  }
  for (const std::string& written : {output, output + ".json", output + ".data"}) {
    if (model.seeded() || !std::filesystem::exists(written, ignored)) {
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(model.folder, ignored)) {
      const auto extension = entry.path().extension();
      const bool input = extension == ".safetensors" || entry.path().filename() == "config.json" ||
                         entry.path().filename() == "tokenizer.json";
      if (input && std::filesystem::equivalent(entry.path(), written, ignored)) {
        return fail_usage("export: '{}' is a file of the model itself: give -o another name", written);
      }
    }
  }
  return {};
}

/// The weights are the store's, so that a study and an exported file of the same model agree bit for bit.
Result<Json> export_model(const ExportOptions& options) {
  TRY_ASSIGN(ExportSettings settings, settings_of(options));
  TRY_ASSIGN(const model::Model model, model::resolve_model(options.model));
  TRY(check_output(options.output, model));
  ArtifactStore store(options.artifacts);
  TRY_ASSIGN(const Artifact weights, store.weights(model, options.seed));
  TRY_ASSIGN(const model::WeightSource source, model::WeightSource::open(weights.path, model.config));
  Json quantization = Json::object();
  if (settings.precision == Precision::int8) {
    TRY_ASSIGN(settings.quantization, quantization_of(options, model, settings.logits, store, quantization));
  }
  // Begun first, so that a name which cannot be written costs no graph.
  TRY_ASSIGN(AtomicFile sidecar_file, AtomicFile::create(options.output + ".json"));
  const auto start = Clock::now();
  WeightLinks links(std::filesystem::path(options.output).parent_path(), weights, store.hashes());
  WriteSettings writing;
  writing.link = options.link_weights ? links.link() : LinkWeights();
  writing.cache = PageCache::pass_by;  // nothing here reads the graph next
  TRY_ASSIGN(const ExportedGraph made, graph::export_onnx(source, settings, options.output, writing));
  Json sidecar{{"file", options.output},
               {"model", model.name},
               {"parameters", parameter_count(model.config)},
               {"layers", model.config.layers},
               {"precision", to_string(settings.precision)},
               {"mode", to_string(settings.mode)},
               {"logits", to_string(settings.logits)},
               {"dialect", to_string(settings.dialect)},
               {"half_logits", settings.half_logits},
               {"opset", kOpset},
               {"bytes", made.graph.bytes},
               {"sha256", made.graph.sha256},
               {"seconds", seconds_since(start)},
               {"weights_sha256", weights.sha256},
               {"versions", graph::exporter_versions()}};
  sidecar.update(quantization);
  if (made.external_data) {
    sidecar["external_data"] = Json{{"file", made.external_data->file.filename().string()},
                                    {"bytes", made.external_data->bytes},
                                    {"sha256", made.external_data->sha256}};
  }
  for (const WrittenFile& linked : links.keep()) {
    sidecar["linked_weights"].push_back(
        Json{{"file", linked.file.filename().string()}, {"bytes", linked.bytes}, {"sha256", linked.sha256}});
  }
  TRY(sidecar_file.write(to_pretty(sidecar)));
  TRY(sidecar_file.sync());
  TRY(sidecar_file.publish());
  return sidecar;
}

int run_export(const ExportOptions& options) {
  const auto report = export_model(options);
  if (!report) {
    return report_error(report.error());
  }
  if (options.json) {
    fmt::print("{}", to_pretty(*report));
  } else {
    fmt::print("{}: {} bytes, opset {}, {:.2f} s\n", options.output, (*report)["bytes"].get<std::uint64_t>(),
               kOpset, (*report)["seconds"].get<double>());
  }
  return 0;
}

void add_int8_options(CLI::App& command, ExportOptions& options) {
  auto* dynamic = command.add_flag("--dynamic", options.dynamic,
                                   "int8: scales of activations as they come, for ONNX Runtime");
  auto* blocks = command
                     .add_flag("--blocks", options.blocks,
                               "int8: a scale for each 32 weights of an output, for ONNX Runtime")
                     ->excludes(dynamic);
  command.add_flag("--half-logits", options.half_logits, "fp16: logits come back as fp16 too");
  auto* quantize =
      command.add_flag("--quantize-head", options.quantize_head, "int8: the output projection too");
  command.add_flag("--no-quantize-head", options.keep_head, "int4: the output projection stays in fp32")
      ->excludes(quantize);
  command
      .add_option("--calibration", options.calibration,
                  "int8: scales by max (the default), entropy or percentile")
      ->type_name("max|entropy|percentile")
      ->excludes(dynamic)
      ->excludes(blocks);
  command
      .add_option(
          "--percentile", options.percentile,
          fmt::format("int8: of --calibration percentile; default: {}", CalibrationSettings().percentile))
      ->check(terminal::number_in({1e-6, 100}));
  command
      .add_option("--corpus", options.corpus,
                  "int8: text to calibrate on; without one, seeded random token ids")
      ->type_name("FILE")
      ->excludes(dynamic)
      ->excludes(blocks);
  command
      .add_option("--weight-bits", options.weight_bits,
                  "int8: 8, or 7 for processors without VNNI, where products of 8 bits saturate")
      ->type_name("7|8")
      ->check(CLI::IsMember({kNarrowWeightBits, kWeightBits}).description(""))
      ->capture_default_str()
      ->excludes(blocks);
  command
      .add_option("--tokenizer", options.tokenizer,
                  "int8: folder with the corpus' tokenizer; a model folder may hold its own")
      ->type_name("FOLDER");
}

}  // namespace

void add_export_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExportOptions>();
  auto* command = app.add_subcommand("export", "Write a model as an ONNX graph");
  command->add_option("MODEL", options->model, "Ladder name, gpt2:layers=..,hidden=..,heads=.., or a folder")
      ->required();
  command
      ->add_option("-o,--output", options->output, "File to write; FILE.json beside it says how it was made")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--precision", options->precision,
                   "Of weights and activations: fp32, fp16, bf16, int8 or int4 (weights alone)")
      ->type_name("fp32|fp16|bf16|int8|int4")
      ->capture_default_str();
  command->add_option("--mode", options->mode, "prefill, or decode: with a KV cache")
      ->type_name("prefill|decode")
      ->capture_default_str();
  command
      ->add_option("--logits", options->logits,
                   "Positions whose logits come back: all or last; of mode decode last")
      ->type_name("all|last");
  command
      ->add_option(
          "--dialect", options->dialect,
          "portable, fused: operators of ONNX Runtime's own, which its CUDA provider runs faster, or "
          "fixed_cache: of mode decode, for engines: the cache goes out as long as it came in")
      ->type_name("portable|fused|fixed_cache")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of a ladder model's weights")
      ->type_name("N")
      ->transform(terminal::seed_number())
      ->capture_default_str();
  command->add_option("--artifacts", options->artifacts, "Folder of the artifact store")
      ->type_name("FOLDER")
      ->capture_default_str();
  add_int8_options(*command, *options);
  command->add_flag(
      "--link-weights", options->link_weights,
      "Do not copy weights that are stored in the graph's own type: link their files beside FILE");
  command->add_flag("--json", options->json, "Print the report as JSON");
  command->callback([options, &exit_code] { exit_code = run_export(*options); });
}

}  // namespace inferscale::cli
