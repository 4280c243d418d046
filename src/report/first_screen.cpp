// The box that the reader came for, and what it is of.
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/perplexity_cost.hpp"
#include "analysis/quantity.hpp"
#include "family/ladder.hpp"
#include "protocol/modes/descriptor.hpp"
#include "report/answer.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Modes whose answers are word for word the same are answered together.
struct ModeAnswer {
  std::vector<std::string> modes;
  std::string sentence;
  std::vector<std::string> behind;
};

std::vector<ModeAnswer> mode_answers(const Source& source) {
  std::vector<ModeAnswer> answers;
  for (const Decision& decision : source.analysis.decisions) {
    const std::string mode(to_string(decision.mode));
    const std::string sentence = answer_sentence(decision);
    const auto same = std::find_if(answers.begin(), answers.end(),
                                   [&](const ModeAnswer& one) { return one.sentence == sentence; });
    if (same != answers.end()) {
      same->modes.push_back(mode);
    } else {
      answers.push_back({{mode}, sentence, behind_sentences(source.analysis, decision, source.environment)});
    }
  }
  return answers;
}

std::string range_text(const std::set<int>& numbers) {
  return numbers.size() == 1 ? std::to_string(*numbers.begin())
                             : fmt::format("{} to {}", *numbers.begin(), *numbers.rbegin());
}

struct Workload {
  std::set<int> batches, prompts;
};
Workload workload_of(const Analysis& analysis) {
  Workload workload;
  for (const protocol::Scenario& scenario : analysis.scenarios) {
    workload.batches.insert(scenario.batch);
    workload.prompts.insert(scenario.prompt_tokens);
  }
  return workload;
}

std::string not_measured(const Analysis& analysis) {
  std::vector<std::string> what;
  const bool cached = std::any_of(analysis.modes.begin(), analysis.modes.end(),
                                  [](protocol::Mode mode) { return protocol::descriptor(mode).cached(); });
  if (!cached) {
    what.emplace_back("decoding with a KV cache");
  }
  const Workload workload = workload_of(analysis);
  what.push_back(fmt::format("batches above {}", *workload.batches.rbegin()));
  what.push_back(fmt::format("prompts above {} tokens", *workload.prompts.rbegin()));
  what.emplace_back("concurrent requests");
  return "Not measured: " + comma_list(what) + ".";
}

/// Repetitions of a study: planned and not run yet, of those that ran, and of these ok.
struct Runs {
  int missing = 0, run = 0, ok = 0;
};
Runs runs_of(const Analysis& analysis) {
  Runs runs;
  for (const OutcomeTotal& total : analysis.outcomes) {
    runs.missing += total.missing;
    runs.run += total.outcomes.runs;
    runs.ok += total.outcomes.ok;
  }
  return runs;
}

/// That a study was interrupted; empty where all has run.
std::string not_finished(const Analysis& analysis) {
  const Runs runs = runs_of(analysis);
  return runs.missing == 0
             ? std::string()
             : fmt::format(
                   "This study is not finished: {} of {} planned repetitions {} not run yet. The same "
                   "command again goes on.",
                   runs.missing, runs.run + runs.missing, runs.missing == 1 ? "has" : "have");
}

/// "567 of 567 repetitions ok", or "9 of 48 repetitions measured, 9 ok" of a study that is not finished.
std::string runs_text(const Analysis& analysis) {
  const Runs runs = runs_of(analysis);
  return runs.missing == 0 ? fmt::format("{} of {} repetitions ok", runs.ok, runs.run)
                           : fmt::format("{} of {} repetitions measured, {} ok", runs.run,
                                         runs.run + runs.missing, runs.ok);
}

/// Adds sentences while the box stays short; room for the last one is kept.
class Box {
 public:
  Box(Answer& answer, std::string last)
      : answer_(answer),
        last_(std::move(last)),
        words_(count_words(answer.lead.words()) + count_words(last_)) {}
  /// However long the box is by now.
  void insist(const std::string& sentence) {
    answer_.sentences.emplace_back(sentence);
    words_ += count_words(sentence);
  }
  void add(const std::string& sentence) {
    const std::size_t words = count_words(sentence);
    if (words_ + words <= kMostAnswerWords) {
      insist(sentence);
    }
  }
  void finish() { answer_.sentences.emplace_back(last_); }

 private:
  Answer& answer_;
  std::string last_;
  std::size_t words_;
};

/// What the answers cost on trained weights: their largest changes of perplexity, from what the gate of fp32
/// would not let pass on. Empty for none.
std::string accuracy_cost(const Analysis& analysis) {
  constexpr double kWorthSaying = 0.01;
  std::vector<std::string> models;
  for (const ModelSize& model : analysis.models) {
    models.push_back(model.name);
  }
  std::vector<std::string> costs;
  for (const std::string& backend : used_backends(analysis)) {
    const auto change = perplexity_cost(analysis.quality, backend, models);
    if (change && std::abs(*change) >= kWorthSaying) {
      costs.push_back(fmt::format("{} {}", backend, change_text(*change)));
    }
  }
  return costs.empty() ? std::string() : fmt::format("Perplexity changes: {}.", comma_list(costs));
}

/// "random weights", or which where a study has both.
std::string weights_text(const Weights& weights) {
  if (weights.random.empty() || weights.trained.empty()) {
    return weights.random.empty() ? "trained weights" : "random weights";
  }
  return fmt::format("random weights of {}, trained weights of {}", names_text(weights.random, "model"),
                     names_text(weights.trained, "model"));
}

/// What no figure but a speed may be read for; empty for trained weights.
std::string random_warning(const Weights& weights) {
  if (weights.random.empty()) {
    return {};
  }
  return weights.trained.empty()
             ? " Weights are random: only speeds mean anything."
             : fmt::format(" Weights of {} are random: only {} speeds mean anything.",
                           names_text(weights.random, "model"), weights.random.size() == 1 ? "its" : "their");
}

}  // namespace

Weights weights_of(const Source& source) {
  const auto& quality = source.analysis.quality;
  Weights weights;
  for (const ModelSize& model : source.analysis.models) {
    const auto said = std::find_if(quality.begin(), quality.end(), [&](const record::QualityResult& one) {
      return one.model == model.name && !one.weights.empty();
    });
    const bool random =
        said == quality.end() ? family::parse_model_name(model.name).has_value() : said->weights == "random";
    (random ? weights.random : weights.trained).push_back(model.name);
  }
  return weights;
}

Answer answer_of(const Source& source, const std::string& where) {
  Answer answer;
  const auto answers = mode_answers(source);
  if (answers.empty()) {
    answer.lead = "There are no rows in this results folder yet, so there is no answer.";
    return answer;
  }
  const std::string machine = machine_words(source.environment);
  const std::string lead =
      where.empty() ? "" : where + (machine.empty() ? std::string() : fmt::format(" ({})", machine)) + ": ";
  const auto sentence_of = [&](const ModeAnswer& one) {
    return answers.size() == 1 ? one.sentence : sentence_case(and_list(one.modes)) + ": " + one.sentence;
  };
  answer.lead = Text(lead).strong(sentence_of(answers.front()));
  Box box(answer, not_measured(source.analysis) + random_warning(weights_of(source)));
  if (const std::string warning = not_finished(source.analysis); !warning.empty()) {
    box.insist(warning);
  }
  for (std::size_t i = 1; i < answers.size(); ++i) {
    box.add(sentence_of(answers[i]));
  }
  if (const std::string cost = accuracy_cost(source.analysis); !cost.empty()) {
    box.add(cost);
  }
  for (const std::string& sentence : answers.front().behind) {
    box.add(sentence);
  }
  box.finish();
  return answer;
}

Paragraph subject_of(const Source& source) {
  const Analysis& analysis = source.analysis;
  std::vector<std::string> parts;
  if (const std::string machine = machine_words(source.environment); !machine.empty()) {
    parts.push_back(machine);
  }
  std::vector<std::string> modes;
  for (const protocol::Mode mode : analysis.modes) {
    modes.emplace_back(to_string(mode));
  }
  if (!analysis.scenarios.empty()) {
    const Workload workload = workload_of(analysis);
    parts.push_back(fmt::format("{}, batch {}, {} tokens", and_list(modes), range_text(workload.batches),
                                range_text(workload.prompts)));
  }
  parts.push_back(
      fmt::format("{} x {} x {}: {}", count_text(static_cast<long>(analysis.models.size()), "model"),
                  count_text(static_cast<long>(analysis.backends.size()), "backend"),
                  count_text(static_cast<long>(analysis.scenarios.size()), "scenario"), runs_text(analysis)));
  const std::string started = field_text(source.environment, "started_at");
  if (started.size() >= 10) {
    parts.push_back(started.substr(0, 10));
  }
  if (const std::string took = wall_time(source); !took.empty()) {
    parts.push_back("took " + took);
  }
  parts.push_back(weights_text(weights_of(source)));
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : " · ") + part;
  }
  return {Text(text), true};
}

}  // namespace inferscale::report
