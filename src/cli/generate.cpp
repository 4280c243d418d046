#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "artifact/backend_graph.hpp"
#include "cli/commands.hpp"
#include "cli/files_options.hpp"
#include "cli/standard_output.hpp"
#include "client/worker_session.hpp"
#include "core/clock.hpp"
#include "core/interrupt.hpp"
#include "core/usage.hpp"
#include "machine/cpus.hpp"
#include "protocol/capability.hpp"
#include "protocol/modes/descriptor.hpp"
#include "protocol/needs.hpp"
#include "record/plan_ranges.hpp"
#include "terminal/number_options.hpp"
#include "tokenizer/stop_tokens.hpp"
#include "tokenizer/text_stream.hpp"

namespace inferscale::cli {

using namespace protocol;

namespace {

struct GenerateOptions {
  std::string model, prompt, tokenizer;
  FilesOptions files;
  int max_new_tokens = 128;
  int threads = 0;
  double timeout_s = 180;
};

constexpr std::size_t kMostTokens = 1U << 24U;  // of a prompt, so that an error can say how many there are

/// A model, its tokenizer and a prompt, checked before anything is made.
struct Task {
  model::Model model;
  tokenizer::Tokenizer tokenizer;
  std::vector<std::int32_t> prompt, stop;
  int most_new = 0;

  [[nodiscard]] Scenario scenario() const { return {"generate", 1, static_cast<int>(prompt.size()), 0}; }
  /// As the mode counts: the last new token is in no pass, and needs no position.
  [[nodiscard]] std::int64_t positions() const {
    return descriptor(kCachedMode).longest(scenario(), most_new);
  }
};

Result<Task> read_task(const GenerateOptions& options) {
  TRY_ASSIGN(model::Model model, model::resolve_model(options.model));
  const std::filesystem::path folder =
      options.tokenizer.empty() ? model.folder : std::filesystem::path(options.tokenizer);
  if (folder.empty()) {
    return fail_usage(
        "generate: '{}' has random weights and no tokenizer: give a model's folder, or --tokenizer",
        options.model);
  }
  TRY_ASSIGN(tokenizer::Tokenizer text, as_usage(tokenizer::Tokenizer::load(folder)));
  TRY(as_usage(text.check_fits(model.config.vocabulary)));
  TRY_ASSIGN(auto stop, as_usage(tokenizer::stop_tokens(folder)));
  auto prompt = text.encode_for_model(options.prompt, kMostTokens);
  if (prompt.empty()) {
    return fail_usage("generate: --prompt has no tokens");
  }
  Task task{std::move(model), std::move(text), std::move(prompt), std::move(stop), options.max_new_tokens};
  if (task.positions() > task.model.config.positions) {
    return fail_usage(
        "generate: the prompt's {} and the {} new tokens need {} positions, and the model has {}",
        task.prompt.size(), task.most_new, task.positions(), task.model.config.positions);
  }
  return task;
}

Result<client::WorkerSession> load_worker(const GenerateOptions& options, const Task& task,
                                          Clock::time_point deadline) {
  const client::Registry registry = client::Registry::discover();
  TRY_ASSIGN(const client::RegisteredBackend backend, require_usable(registry, options.files.backend));
  TRY_ASSIGN(artifact::FilesRequest request, files_request(options.files, backend, registry));
  request.backend.needs = needs_of(backend.info, kCachedMode);
  request.cancelled = request.runner.cancelled = InterruptGuard::interrupted;
  request.scenarios = {task.scenario()};
  request.modes = {kCachedMode};
  request.new_tokens = task.most_new;
  artifact::ArtifactStore store(options.files.artifacts);
  TRY_ASSIGN(const artifact::ModelFiles files, make_model_files(task.model, request, store));
  if (files.not_made) {
    return tl::unexpected(files.not_made->in(to_string(files.not_made->outcome)));
  }
  LoadRequest load;
  load.backend = options.files.backend;
  load.artifact = files.artifact;
  load.weights = files.weights;
  load.logits = LogitsScope::last;
  TRY_ASSIGN(load.cpus, machine::choose_cpus(options.threads));
  load.threads = static_cast<int>(load.cpus.size());
  load.vocabulary = task.model.config.vocabulary;
  load.max_positions = task.model.config.positions;
  load.model = to_json(task.model.config);
  load.seed = request.seed;
  load.caches = {{1, task.scenario().prompt_tokens, static_cast<int>(task.positions())}};
  load.options = artifact::worker_options(request.options);
  client::WorkerLimits limits;
  limits.cancelled = InterruptGuard::interrupted;
  limits.shared_timeout_s = options.timeout_s;
  TRY_ASSIGN(client::WorkerSession session, client::WorkerSession::start(backend.executable, limits));
  TRY(session.load(load, deadline));
  return session;
}

struct Made {
  int tokens = 0;
  double first_s = 0, rest_s = 0;
};

Result<void> show(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return flush_stdout();
}

/// Shows tokens until the model, the number asked for or an interrupt ends them.
Result<void> add_tokens(const Task& task, client::WorkerSession& session, Clock::time_point deadline,
                        tokenizer::TextStream& stream, Made& made) {
  const auto start = Clock::now();
  // A worker looks for NaN where it scores. Weights that give them do so from the first token on, so later
  // steps need not pay for the look.
  const StartRequest request{{task.prompt}, static_cast<int>(task.positions()), session.can(kStepScores)};
  TRY_ASSIGN(ChosenReply chosen, session.start_sequences(request, deadline));
  const auto first = Clock::now();
  made.first_s = seconds_between(start, first);
  while (!InterruptGuard::interrupted()) {
    if (chosen.tokens.size() != 1) {
      return fail_as(Outcome::invalid_output, "the worker chose {} tokens for one sequence",
                     chosen.tokens.size());
    }
    const std::int32_t token = chosen.tokens[0];
    if (token < 0 || token >= task.model.config.vocabulary) {
      return fail_as(Outcome::invalid_output, "the worker chose token {}, and the model has {}", token,
                     task.model.config.vocabulary);
    }
    made.rest_s = seconds_since(first);
    ++made.tokens;
    if (std::find(task.stop.begin(), task.stop.end(), token) != task.stop.end()) {
      break;
    }
    TRY_ASSIGN(const std::string text, stream.add(token));
    TRY(show(text));
    if (made.tokens == task.most_new) {
      break;
    }
    TRY_ASSIGN(chosen, session.step({{token}}, deadline));
  }
  return {};
}

Result<void> end_text(const tokenizer::TextStream& stream) {
  TRY_ASSIGN(const std::string rest, stream.rest());
  return show(rest + "\n");
}

Result<Made> write_text(const Task& task, client::WorkerSession& session, Clock::time_point deadline) {
  TRY_ASSIGN(auto stream, tokenizer::TextStream::after(task.tokenizer, task.prompt));
  Made made;
  const auto added = add_tokens(task, session, deadline, stream, made);
  // An error behind the text has a line of its own.
  const auto ended = added || made.tokens > 0 ? end_text(stream) : Result<void>();
  TRY(added);
  TRY(ended);
  return made;
}

void report_speed(const Made& made) {
  std::string text = fmt::format("{} tokens, the first after {:.0f} ms", made.tokens, made.first_s * 1e3);
  if (made.tokens > 1) {
    text += fmt::format(", then {:.1f} tokens/s", (made.tokens - 1) / made.rest_s);
  }
  fmt::print(stderr, "{}\n", text);
}

int run_generate(const GenerateOptions& options) {
  const InterruptGuard guard;
  const auto task = read_task(options);
  if (!task) {
    return report_error(task.error());
  }
  const auto deadline = deadline_in(options.timeout_s);
  auto session = load_worker(options, *task, deadline);
  const auto made = session ? write_text(*task, *session, deadline) : tl::unexpected(session.error());
  if (InterruptGuard::interrupted()) {
    return report_interrupted("the text so far is printed");
  }
  if (!made) {
    return report_error(made.error());
  }
  report_speed(*made);
  [[maybe_unused]] const auto ended = session->shutdown(Clock::now() + std::chrono::seconds(5));
  return 0;
}

}  // namespace

void add_generate_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<GenerateOptions>();
  auto* command =
      app.add_subcommand("generate", "Continue a text with a model, token by token, on one backend");
  command->add_option("MODEL", options->model, "A folder with a tokenizer, or a ladder name with --tokenizer")
      ->required();
  command->add_option("--backend", options->files.backend, "See 'inferscale backends'")
      ->type_name("BACKEND")
      ->required();
  command->add_option("--prompt", options->prompt, "The text to continue")->required();
  command
      ->add_option("--max-new-tokens", options->max_new_tokens, "Fewer where the model ends the text itself")
      ->type_name("N")
      ->transform(terminal::whole_number_in(record::range_of<record::Plan>("new_tokens")))
      ->capture_default_str();
  command
      ->add_option("--tokenizer", options->tokenizer, "Folder of the tokenizer, where the model's has none")
      ->type_name("FOLDER");
  command->add_option("--threads", options->threads, "0: one a physical core")
      ->type_name("N")
      ->transform(terminal::whole_number_in(record::range_of<record::Plan>("threads")))
      ->capture_default_str();
  command->add_option("--seed", options->files.seed, "Of a ladder model's weights")
      ->type_name("N")
      ->transform(terminal::seed_number())
      ->capture_default_str();
  command->add_option("--artifacts", options->files.artifacts, "Folder of the artifact store")
      ->type_name("FOLDER")
      ->capture_default_str();
  command
      ->add_option("--options", options->files.options,
                   "JSON object for the backend, as in a plan's backend_options")
      ->type_name("JSON")
      ->capture_default_str();
  command->add_option("--timeout", options->timeout_s, "Of the whole, seconds")
      ->type_name("SECONDS")
      ->check(terminal::number_in(record::range_of<record::Plan>("timeout_s")))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = run_generate(*options); });
}

}  // namespace inferscale::cli
