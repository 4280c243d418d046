// Whether the backends compute the same function: parity, perplexity, gates.
#include <cmath>
#include <filesystem>

#include "analysis/quantity.hpp"
#include "record/precision.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using analysis::change_text;

using namespace record;

namespace {

Text verdict_text(const QualityResult& result) {
  const bool is_reference = result.verdict.gate == Gate::passed && result.backend == result.reference;
  return is_reference ? Text("is the reference") : gate_text(result.verdict.gate);
}

std::string scientific(double value) {
  return value == 0 ? "0" : fmt::format("{:.1e}", value);
}

/// "1.8e-03 (at most 5.0e-02)": a gate's limit stands beside what it judges.
std::string limited(double value, const std::optional<GateLimits>& limits, double GateLimits::* limit) {
  return limits ? fmt::format("{} (at most {})", scientific(value), scientific((*limits).*limit))
                : scientific(value);
}

std::optional<GateLimits> limits_of(const Source& source, const QualityResult& one) {
  if (one.backend == one.reference) {
    return std::nullopt;
  }
  const auto facts = precision_facts(source.environment, one.backend, one.precision);
  return facts ? gate_limits(facts->gate) : std::nullopt;
}

/// "+54.731, +0.09% (within 10%)"
std::string change_words(const QualityResult& one, const std::optional<GateLimits>& limits) {
  const auto change = perplexity_change(one.figures);
  if (!change) {
    return kNone;
  }
  if (one.backend == one.reference) {
    return "is the reference";
  }
  constexpr double kShown = 0.0005;  // of the three decimals
  const double difference = one.figures.perplexity->figures.perplexity - *one.figures.reference_perplexity;
  const std::string text = std::abs(difference) < kShown
                               ? change_text(*change)
                               : fmt::format("{:+.3f}, {}", difference, change_text(*change));
  return limits ? fmt::format("{} (within {:g}%)", text, 100 * limits->perplexity_change) : text;
}

Table parity_table(const Source& source) {
  const std::vector<QualityResult>& results = source.analysis.quality;
  Table table{"Gates, and logits on the fixed token stream against the reference's",
              {{"Model", false},
               {"Backend", false},
               {"Gate", false},
               {"Relative error", true},
               {"Mean KL, nats", true},
               {"Same top token", true},
               {"Largest difference of a logit", true},
               {"The same, over the largest logit", true}},
              {}};
  for (const QualityResult& one : results) {
    std::vector<Text> row{Text(one.model), Text(one.backend), verdict_text(one)};
    if (const auto& parity = one.figures.parity) {
      const auto limits = limits_of(source, one);
      row.insert(row.end(),
                 {Text(limited(parity->relative_error, limits, &GateLimits::relative_error)),
                  Text(limited(parity->mean_kl, limits, &GateLimits::mean_kl)),
                  Text(percent_text(parity->top1_agreement)), Text(scientific(parity->largest_difference)),
                  Text(scientific(parity->largest_relative_difference))});
    } else {
      row.insert(row.end(), 5, Text(kNone));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table perplexity_table(const Source& source) {
  const std::vector<QualityResult>& results = source.analysis.quality;
  const std::string corpus =
      source.plan ? std::filesystem::path(source.plan->corpus).filename().string() : std::string();
  Table table{fmt::format("Perplexity on {}; log probabilities of its tokens (natural logarithm)",
                          corpus.empty() ? "the corpus" : corpus),
              {{"Model", false},
               {"Backend", false},
               {"Perplexity", true},
               {"Against the reference", true},
               {"Mean", true},
               {"SD", true},
               {"Min", true},
               {"Max", true},
               {"Tokens", true}},
              {}};
  for (const QualityResult& one : results) {
    if (!one.figures.perplexity) {
      continue;
    }
    const LogProbabilities& figures = one.figures.perplexity->figures;
    const auto number = [](double value) { return Text(fmt::format("{:.4f}", value)); };
    table.rows.push_back(
        {Text(one.model), Text(one.backend), Text(perplexity_text(figures.perplexity, one.weights)),
         Text(change_words(one, limits_of(source, one))), number(figures.mean), number(figures.sd),
         number(figures.min), number(figures.max), Text(std::to_string(figures.tokens))});
  }
  return table;
}

/// "step 12, gap 3.1e-05": where the tokens part, and how near the two highest logits are there.
std::string difference_text(const std::optional<GreedyComparison>& comparison) {
  if (!comparison) {
    return kNone;
  }
  if (!comparison->first) {
    return fmt::format("none in {}", comparison->steps);
  }
  return fmt::format("step {} of {}, gap {}", comparison->first->step, comparison->steps,
                     scientific(comparison->first->gap));
}

std::string error_text(const std::optional<GreedyComparison>& comparison) {
  return comparison && comparison->relative_error ? scientific(*comparison->relative_error) : kNone;
}

Table cached_table(const std::vector<QualityResult>& results) {
  Table table{
      "Through the KV cache: perplexity of the corpus's first tokens, given one at a time, and greedy "
      "tokens, whose log probabilities are held against those of uncached passes. "
      "The first other token is named by its step and the gap there between the two highest logits: rounding "
      "chooses where the gap is small",
      {{"Model", false},
       {"Backend", false},
       {"Tokens", true},
       {"Perplexity", true},
       {"Without the cache", true},
       {"Difference", true},
       {"Relative error of log probabilities", true},
       {"First token unlike uncached", true},
       {"First token unlike the reference's", true}},
      {}};
  for (const QualityResult& one : results) {
    if (!one.figures.wants_cached) {
      continue;
    }
    std::vector<Text> row{Text(one.model), Text(one.backend)};
    if (const auto& cached = one.figures.cached_perplexity) {
      row.insert(row.end(), {Text(std::to_string(cached->tokens)),
                             Text(perplexity_text(cached->perplexity, one.weights)),
                             Text(perplexity_text(cached->uncached_perplexity, one.weights)),
                             Text(fmt::format("{:+.4f}%", 100 * cached->change))});
    } else {
      row.insert(row.end(), 4, Text(kNone));
    }
    row.emplace_back(error_text(one.figures.greedy_uncached));
    row.emplace_back(difference_text(one.figures.greedy_uncached));
    row.emplace_back(one.backend == one.reference ? "is the reference"
                                                  : difference_text(one.figures.greedy_reference));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<Text> reasons(const std::vector<QualityResult>& results) {
  std::vector<Text> items;
  for (const QualityResult& one : results) {
    if (one.verdict.gate != Gate::passed) {
      items.push_back(Text().strong(one.backend + " on " + one.model).plain(": " + one.verdict.reason + "."));
    }
  }
  return items;
}

/// What figures of random weights are worth; empty where there are none.
std::string random_words(const Weights& weights) {
  if (weights.random.empty()) {
    return {};
  }
  const bool all = weights.trained.empty();
  return fmt::format(
      "The weights{} are random. Perplexities of random weights mean nothing by themselves, only that "
      "backends agree; and the top tokens of nearly equal logits differ where trained weights' would not, "
      "so a low share of equal top tokens is no fault {}.",
      all ? "" : " of " + names_text(weights.random, "model"), all ? "here" : "there");
}

}  // namespace

Blocks accuracy_section(const Source& source) {
  const auto& results = source.analysis.quality;
  if (results.empty()) {
    return {};
  }
  Blocks blocks{Heading{2, "Accuracy"}};
  if (auto items = reasons(results); !items.empty()) {
    blocks.emplace_back(
        Paragraph{"What failed its gate, or could not be measured, is in no ranking, comparison, crossover "
                  "or decision of this report.",
                  false});
    blocks.emplace_back(List{std::move(items)});
  } else {
    blocks.emplace_back(
        Paragraph{"Every backend that was measured stays within the limits of its precision's gate.", false});
  }
  if (const std::string warning = random_words(weights_of(source)); !warning.empty()) {
    blocks.emplace_back(Paragraph{warning, false});
  }
  blocks.emplace_back(parity_table(source));
  if (Table table = perplexity_table(source); !table.rows.empty()) {
    blocks.emplace_back(std::move(table));
  }
  if (Table table = cached_table(results); !table.rows.empty()) {
    blocks.emplace_back(std::move(table));
  }
  return blocks;
}

}  // namespace inferscale::report
