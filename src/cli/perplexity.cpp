#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "cli/commands.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "protocol/needs.hpp"
#include "record/plan_ranges.hpp"
#include "record/quality_result.hpp"
#include "study/artifacts.hpp"
#include "study/backend_quality.hpp"
#include "study/progress.hpp"
#include "terminal/number_options.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {

using namespace record;
using namespace study;

namespace {

struct PerplexityArguments {
  std::string model, backend, corpus, tokenizer;
  std::string reference = "onnxruntime-cpu";
  std::string artifacts = "artifacts";
  std::string batching = "length";
  std::string options = "{}";
  int threads = 0;
  double timeout_s = 180;
  std::uint64_t seed = Plan().seed;
  bool json = false;
};

/// One backend's figures, with what made them.
struct ScoredBackend {
  const StudyBackend* backend = nullptr;
  PerplexityRun run;
};

Result<Plan> perplexity_plan(const PerplexityArguments& arguments) {
  Plan plan;
  plan.name = plan.label = "perplexity";
  plan.models = {arguments.model};
  plan.backends = {arguments.backend};
  if (arguments.reference != "none" && arguments.reference != arguments.backend) {
    plan.backends.push_back(arguments.reference);
  }
  plan.scenarios = {protocol::builtin_scenarios().front()};
  plan.modes = {protocol::kDefaultMode};
  plan.threads = arguments.threads;
  plan.timeout_s = arguments.timeout_s;
  plan.seed = arguments.seed;
  plan.corpus = arguments.corpus;
  plan.tokenizer = arguments.tokenizer;
  const auto options = parse_json(arguments.options, "--options");
  if (!options || !options->is_object()) {
    return fail_usage("--options must be a JSON object, as a plan's backend_options has it{}",
                      options ? "" : ": " + options.error().message);
  }
  plan.backend_options[arguments.backend] = *options;
  return plan;
}

std::vector<ModelBackend> every_pair(const PreparedStudy& study) {
  std::vector<ModelBackend> pairs;
  for (const auto& backend : study.backends) {
    pairs.push_back({study.models[0].name, backend.info.name});
  }
  return pairs;
}

Result<ScoredBackend> score_backend(const PreparedStudy& study, const StudyInputs& inputs,
                                    const ModelBackend& pair, const RepetitionSettings& settings,
                                    bool by_length) {
  const StudyBackend& backend = inputs.backend(pair);
  if (!loads_a_file(backend.info)) {
    return fail_usage("backend '{}' loads no model: it has no perplexity", backend.info.name);
  }
  if (const KnownOutcome* known = inputs.known_outcome(pair)) {
    return fail_as(Outcome::unsupported, "backend '{}' cannot be used: {}", backend.info.name, known->reason);
  }
  log_info("{} on {}: {} sequences", study.models[0].name, backend.info.name,
           study.corpora[0].sequences.size());
  BackendQualityOptions options;
  options.wants_logits = false;
  options.corpus = &study.corpora[0];
  options.batching.by_length = by_length;
  std::optional<Progress> progress;
  options.progress = [&](std::size_t done, std::size_t batches) {
    if (!progress) {
      progress.emplace(batches, "batches");
    }
    if (done > 0) {
      progress->finished_one();
    }
    progress->starting(backend.info.name);
  };
  const auto quality =
      measure_backend_quality(study.models[0], backend, inputs.files(pair), settings, options);
  if (!quality.perplexity) {
    return fail("{}", quality.perplexity_error);
  }
  return ScoredBackend{&backend, *quality.perplexity};
}

Json to_json(const ScoredBackend& scored) {
  Json json = Json::object();
  json["backend"] = scored.backend->info.name;
  json["precision"] = scored.backend->info.precision;
  json["runtime"] = scored.backend->runtime;
  json["runtime_version"] = scored.backend->runtime_version;
  json.update(to_json(scored.run.figures));
  json["batches"] = scored.run.batches;
  json["seconds"] = scored.run.seconds;
  json["forward_s"] = scored.run.forward_s;
  return json;
}

void print_scored(const ScoredBackend& scored, double reference_perplexity) {
  const auto& figures = scored.run.figures;
  const std::string change =
      reference_perplexity > 0
          ? fmt::format("{:+.4f}%", 100 * (figures.perplexity / reference_perplexity - 1))
          : "";
  terminal::print("{:<24} {:>12.6g} {:>12} {:>10.4f} {:>9.4f} {:>12.6g} {:>12.6g} {:>8} {:>9.2f}\n",
                  scored.backend->info.name, figures.perplexity, change, figures.mean, figures.sd,
                  figures.min, figures.max, figures.tokens, scored.run.seconds);
}

void print_results(const PreparedStudy& study, const std::vector<ScoredBackend>& scored,
                   const GateVerdict& verdict, bool json) {
  const std::string_view weights = model::weights_origin(study.models[0]);
  const double reference = scored.size() > 1 ? scored[1].run.figures.perplexity : 0;
  if (json) {
    Json result = Json::object();
    result["model"] = study.models[0].name;
    result["weights"] = weights;
    result["corpus_sha256"] = study.corpora[0].file_sha256;
    result["corpus_tokens_sha256"] = study.corpora[0].tokens_sha256;
    result["threads"] = study.cpus.size();
    result["gate"] = to_string(verdict.gate);
    result["reason"] = verdict.reason;
    result["change"] =
        scored.size() > 1 ? Json(scored[0].run.figures.perplexity / reference - 1) : Json(nullptr);
    result["backends"] = Json::array();
    for (const auto& one : scored) {
      result["backends"].push_back(to_json(one));
    }
    fmt::print("{}", to_pretty(result));
    return;
  }
  terminal::print("{}, {} weights\n", study.models[0].name, weights);
  terminal::print("{:<24} {:>12} {:>12} {:>10} {:>9} {:>12} {:>12} {:>8} {:>9}\n", "backend", "perplexity",
                  "change", "mean logp", "sd", "min", "max", "tokens", "seconds");
  for (const auto& one : scored) {
    print_scored(one, &one == &scored[0] ? reference : 0);
  }
  if (verdict.gate != Gate::not_checked) {
    terminal::print("gate of {}: {}{}\n", scored[0].backend->info.precision, to_string(verdict.gate),
                    verdict.reason.empty() ? "" : ": " + verdict.reason);
  }
}

Result<int> run_perplexity(const PerplexityArguments& arguments) {
  if (arguments.batching != "length" && arguments.batching != "order") {
    return fail_usage("perplexity: --batching is length or order, not '{}'", arguments.batching);
  }
  TRY_ASSIGN(Plan plan, perplexity_plan(arguments));
  TRY_ASSIGN(const PreparedStudy study, prepare_study(std::move(plan), client::Registry::discover()));
  const InterruptGuard guard;
  RunOptions options;
  options.artifacts_root = arguments.artifacts;
  options.cancelled = InterruptGuard::interrupted;
  const auto pairs = every_pair(study);
  artifact::ArtifactStore store(options.artifacts_root);
  ConcurrentWork work;
  StudyInputs inputs(study, pairs, study.plan.logits, options, store, work);
  TRY(inputs.wait());
  if (options.cancelled()) {
    return fail("interrupted");  // files may be missing
  }
  const RepetitionSettings settings{&study.plan, study.cpus, options.cancelled, options.executor};
  std::vector<ScoredBackend> scored;
  for (const auto& pair : pairs) {
    TRY_ASSIGN(const ScoredBackend one,
               score_backend(study, inputs, pair, settings, arguments.batching == "length"));
    scored.push_back(one);
  }
  GateVerdict verdict;
  if (scored.size() > 1) {
    verdict = judge_perplexity(scored[0].run.figures.perplexity, scored[1].run.figures.perplexity,
                               precision_of(scored[0].backend->info));
  }
  print_results(study, scored, verdict, arguments.json);
  return verdict.gate == Gate::failed ? 1 : 0;
}

}  // namespace

void add_perplexity_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<PerplexityArguments>();
  auto* command = app.add_subcommand(
      "perplexity", "Perplexity of a model on a corpus, on one backend and on the reference");
  command
      ->add_option("MODEL", arguments->model, "Ladder name, gpt2:layers=..,hidden=..,heads=.., or a folder")
      ->required();
  command->add_option("--backend", arguments->backend, "See 'inferscale backends'")
      ->type_name("BACKEND")
      ->required();
  command->add_option("--corpus", arguments->corpus, "Text file in UTF-8; its first 1,000 lines count")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--tokenizer", arguments->tokenizer,
                   "Folder with vocab.json and merges.txt, or tokenizer.json; default: the model's")
      ->type_name("FOLDER");
  command->add_option("--reference", arguments->reference, "Backend to compare with, or none")
      ->type_name("BACKEND")
      ->capture_default_str();
  command
      ->add_option("--batching", arguments->batching,
                   "length: lines of like length together; order: the corpus's, as TR118 did")
      ->capture_default_str();
  command
      ->add_option("--options", arguments->options,
                   "JSON object: the backend's options, as in a plan's backend_options")
      ->type_name("JSON")
      ->capture_default_str();
  command->add_option("--artifacts", arguments->artifacts, "Folder of the artifact store")
      ->type_name("FOLDER")
      ->capture_default_str();
  command->add_option("--threads", arguments->threads, "0: one a physical core")
      ->type_name("N")
      ->transform(terminal::whole_number_in(range_of<Plan>("threads")))
      ->capture_default_str();
  command->add_option("--timeout", arguments->timeout_s, "Of one batch, seconds")
      ->type_name("SECONDS")
      ->check(terminal::number_in(range_of<Plan>("timeout_s")))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "Of the weights")
      ->type_name("N")
      ->transform(terminal::seed_number())
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print the figures as JSON");
  command->footer(
      "Exit codes: 0 ok; 1 the gate of the backend's precision failed, or the work; 2 wrong usage.");
  command->callback([arguments, &exit_code] {
    const auto result = run_perplexity(*arguments);
    if (!result && InterruptGuard::interrupted()) {  // whatever it made fail
      exit_code = report_interrupted("no figure is printed, and what the artifact store has is kept");
    } else {
      exit_code = result ? *result : report_error(result.error());
    }
  });
}

}  // namespace inferscale::cli
