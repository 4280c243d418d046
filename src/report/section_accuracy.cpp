// Whether the backends compute the same function: parity, perplexity, gates.
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace record;

namespace {

Text gate_text(const QualityResult& result) {
  switch (result.verdict.gate) {
    case Gate::passed:
      return result.backend == result.reference ? "is the reference" : "passed";
    case Gate::failed:
      return Text().strong("failed");
    case Gate::not_checked:
    case Gate::not_measured:
      break;
  }
  return words_of(result.verdict.gate);
}

std::string scientific(double value) {
  return value == 0 ? "0" : fmt::format("{:.1e}", value);
}

Table parity_table(const std::vector<QualityResult>& results) {
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
    std::vector<Text> row{Text(one.model), Text(one.backend), gate_text(one)};
    if (const auto& parity = one.figures.parity) {
      row.insert(row.end(),
                 {Text(scientific(parity->relative_error)), Text(scientific(parity->mean_kl)),
                  Text(percent_text(parity->top1_agreement)), Text(scientific(parity->largest_difference)),
                  Text(scientific(parity->largest_relative_difference))});
    } else {
      row.insert(row.end(), 5, Text(kNone));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table perplexity_table(const std::vector<QualityResult>& results) {
  Table table{"Perplexity on the corpus; log probabilities of its tokens (natural logarithm)",
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
    const auto change = perplexity_change(one.figures);
    const auto number = [](double value) { return Text(fmt::format("{:.4f}", value)); };
    table.rows.push_back(
        {Text(one.model), Text(one.backend), Text(perplexity_text(figures.perplexity, one.weights)),
         Text(change ? fmt::format("{:+.4f}%", 100 * *change) : std::string(kNone)), number(figures.mean),
         number(figures.sd), number(figures.min), number(figures.max), Text(std::to_string(figures.tokens))});
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
  if (has_random_weights(source)) {
    blocks.emplace_back(
        Paragraph{"The weights are random. Perplexities of random weights mean nothing by themselves, only "
                  "that backends "
                  "agree; and the top tokens of nearly equal logits differ where trained weights' would not, "
                  "so a low share "
                  "of equal top tokens is no fault here.",
                  false});
  }
  blocks.emplace_back(parity_table(results));
  if (Table table = perplexity_table(results); !table.rows.empty()) {
    blocks.emplace_back(std::move(table));
  }
  return blocks;
}

}  // namespace inferscale::report
