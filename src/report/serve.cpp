// Commands under the answer: how to build, export and measure the choice, and to ask for another size.
#include <algorithm>
#include <cmath>

#include "analysis/quantity.hpp"
#include "protocol/modes/descriptor.hpp"
#include "protocol/needs.hpp"
#include "record/catalog.hpp"
#include "report/answer.hpp"
#include "report/command_words.hpp"
#include "report/export_command.hpp"
#include "report/plan_flags.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// What `build` and `bench` are told of a backend, after the model.
struct BackendWords {
  std::string backend, options;
};

/// Nothing for a variant with a library or a worker of its own, which no option of these commands takes.
std::optional<BackendWords> backend_words(const record::Plan& plan, const std::string& in_plan) {
  const record::Variant* variant = record::find_variant(plan.variants, in_plan);
  if (variant != nullptr && !(variant->library.empty() && variant->worker.empty())) {
    return std::nullopt;
  }
  const Json options = record::options_of(plan, in_plan);
  return BackendWords{variant == nullptr ? in_plan : variant->backend,
                      options.empty() ? std::string() : " --options " + shell_word(to_line(options))};
}

/// "tensorrt-fp16: TensorRT 10.6.0 on cuda, fp16"
std::string version_text(const Source& source, const BackendFacts& backend) {
  std::string runtime = backend.name;
  const Json& environment = source.environment;
  if (environment.is_object() && environment.contains("backends") &&
      environment["backends"].contains(backend.name)) {
    runtime = field_text(environment["backends"][backend.name], "runtime");
  }
  return fmt::format("{}: {} {}, {}, {}", backend.name, runtime, comma_list(backend.runtime_versions),
                     backend.device, backend.precision);
}

/// The first that says what to use somewhere; nullptr where none does.
const Decision* first_answered(const Analysis& analysis) {
  const auto found = std::find_if(analysis.decisions.begin(), analysis.decisions.end(),
                                  [](const Decision& one) { return !stretches_of(one).empty(); });
  return found == analysis.decisions.end() ? nullptr : &*found;
}

/// Whether a decision has an answer for a size, measured or between two.
bool answers_for(const Decision& decision, double parameters) {
  return std::any_of(decision.lines.begin(), decision.lines.end(), [&](const DecisionLine& line) {
    return !line.use.empty() && line.low_parameters <= parameters && parameters <= line.high_parameters;
  });
}

/// A size that a mode can answer for: in the middle of those that it has an answer for, or one of them.
double example_size(const Decision& decision) {
  const auto measured = measured_of(decision.lines);
  const double low = measured.front()->low_parameters;
  const double high = measured.back()->low_parameters;
  constexpr double kNarrow = 1.05;  // three digits could round out of it
  const double middle = std::sqrt(low * high);
  return high < kNarrow * low || !answers_for(decision, middle) ? low : middle;
}

/// Three digits of one between sizes; one that was measured is itself.
std::string size_word(const Decision& decision, double parameters) {
  const double millions = parameters / 1e6;
  if (millions < 1 || parameters == measured_of(decision.lines).front()->low_parameters) {
    return fmt::format("{:.0f}", parameters);
  }
  return fmt::format("{:.{}f}M", millions, millions >= 100 ? 0 : millions >= 10 ? 1 : 2);
}

/// Names the mode where another has no answer for the size.
std::string recommend_command(const Source& source, const Decision& decision) {
  const double size = example_size(decision);
  const auto& decisions = source.analysis.decisions;
  const bool every_mode = std::all_of(decisions.begin(), decisions.end(),
                                      [&](const Decision& one) { return answers_for(one, size); });
  const auto& scenarios = source.analysis.scenarios;
  const auto smallest = std::min_element(scenarios.begin(), scenarios.end(),
                                         [](const auto& a, const auto& b) { return a.batch < b.batch; });
  return fmt::format("inferscale recommend {} --size {} --batch {}{}", shell_word(results_folder(source)),
                     size_word(decision, size), smallest->batch,
                     every_mode ? std::string() : fmt::format(" --mode {}", to_string(decision.mode)));
}

/// A backend that is used, and the commands that there are for it.
Text backend_item(const Source& source, const BackendFacts& backend, const std::string& model,
                  protocol::Mode mode) {
  Text item(version_text(source, backend) + ".");
  const auto words = backend_words(*source.plan, backend.name);
  if (!words) {
    return item;
  }
  const std::string in_mode =
      mode == protocol::kDefaultMode ? "" : fmt::format(" --mode {}", to_string(mode));
  const std::string rest =
      fmt::format("{} --backend {}{}{}", model_word(source, model), words->backend, in_mode, words->options);
  const record::Plan& plan = *source.plan;
  const record::KnownBackend* one = record::find_known_backend(backend.name);
  if (one != nullptr && protocol::is_built(one->info)) {
    item.plain(" Build: ").code("inferscale build " + rest + build_flags(plan, mode));
  } else if (one != nullptr) {
    if (const std::string command = export_command(source, model, one->info, mode); !command.empty()) {
      item.plain(" Its graph: ").code(command);
    }
  }
  return item.plain(" Measure it again: ")
      .code("inferscale bench " + rest + bench_flags(plan, mode, source.environment));
}

}  // namespace

Blocks serve_blocks(const Source& source) {
  const Decision* decision = first_answered(source.analysis);
  if (decision == nullptr || !source.plan) {
    return {};
  }
  List list;
  const std::string& model = measured_of(decision->lines).back()->models.front();
  const std::set<std::string> used = used_backends(source.analysis);
  for (const BackendFacts& backend : source.analysis.backends) {
    if (used.contains(backend.name)) {
      list.items.push_back(backend_item(source, backend, model, decision->mode));
    }
  }
  list.items.push_back(Text("Another size, batch or limit: ").code(recommend_command(source, *decision)));
  return {std::move(list)};
}

}  // namespace inferscale::report
