// The first screen: the answer in a sentence a mode, the plot that shows it, and the decision by size.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Joined bands say where they were measured.
std::string basis_text(const DecisionLine& line) {
  if (line.basis != Basis::interpolated || line.models.empty()) {
    return std::string(to_string(line.basis));
  }
  return fmt::format("measured at {}{}", comma_list(line.models),
                     line.models.size() == 1 ? "; else interpolated" : "; interpolated between");
}

/// Fewer than 2 repetitions: every backend ties with every other, which says nothing about the machine.
bool without_interval(const DecisionLine& line) {
  return line.margin && !line.margin->ci95 && !line.tied_with.empty();
}

Text decision_text(const record::Metric& metric, const DecisionLine& line) {
  if (line.tied_with.empty()) {
    return Text().strong(line.winner);
  }
  std::vector<std::string> names{line.winner};
  names.insert(names.end(), line.tied_with.begin(), line.tied_with.end());
  if (without_interval(line)) {
    return Text(fmt::format("not decided, no interval; {} mean: ", best_end(metric))).plain(line.winner);
  }
  // Between a size where one wins and a size where another does, or they tie.
  return line.basis == Basis::measured ? Text("tie: ").strong(and_list(names))
                                       : Text("one of ").strong(and_list(names));
}

std::string lead_text(const DecisionLine& line) {
  if (!line.margin) {
    return kNone;
  }
  const bool next_ties = line.margin->winner == 0 && !line.tied_with.empty();
  const std::string& next = next_ties ? line.tied_with.front() : line.runner_up;
  return ratio_interval_text(line.margin->ratio, line.margin->ci95) + (next.empty() ? "" : " over " + next);
}

/// "Fastest"; "Best" of what is no speed.
std::string best_title(const record::Metric& metric) {
  return metric.superlative == record::kThroughput.superlative ? "Fastest" : "Best";
}

/// "Fastest means: the highest mean throughput", of every mode's metric.
std::string meaning_of_best(const Analysis& analysis) {
  std::vector<std::string> meanings;
  std::string title = "Fastest";
  for (const Decision& decision : analysis.decisions) {
    const record::Metric& metric = *decision.metric;
    std::string meaning = fmt::format("the {} mean {}", best_end(metric), metric.words);
    title = best_title(metric);
    if (std::find(meanings.begin(), meanings.end(), meaning) == meanings.end()) {
      meanings.push_back(std::move(meaning));
    }
  }
  return fmt::format("{} means: {}", title,
                     meanings.empty() ? "the highest mean throughput" : and_list(meanings));
}

/// Only a measured size has a lead; bands span several.
Table decision_table(const std::string& caption, const record::Metric& metric,
                     const std::vector<DecisionLine>& lines, bool with_lead) {
  Table table{caption, {{"Parameters", false}, {best_title(metric), false}, {"Basis", false}}, {}};
  if (with_lead) {
    table.columns.push_back({"Lead over the next [95%]", false});
  }
  for (const DecisionLine& line : lines) {
    std::string sizes = size_range_text(line.low_parameters, line.high_parameters);
    if (line.basis == Basis::measured && line.models.size() == 1) {
      sizes += " (" + line.models.front() + ")";
    }
    std::vector<Text> row = {Text(sizes), decision_text(metric, line), Text(basis_text(line))};
    if (with_lead) {
      row.emplace_back(lead_text(line));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Half of the cells spread more than this, SD over mean: then the machine decides, not the runtimes.
constexpr double kNoisy = 0.05;

/// What the reader must know before believing any of it; empty on a quiet machine.
std::string noise_words(const Analysis& analysis) {
  std::vector<double> spreads;
  for (const CellStatistics& cell : analysis.cells) {
    if (cell.throughput_tok_s.n >= 2 && cell.throughput_tok_s.mean > 0) {
      spreads.push_back(cell.throughput_tok_s.sd / cell.throughput_tok_s.mean);
    }
  }
  if (spreads.empty()) {
    return {};
  }
  const auto middle = spreads.begin() + static_cast<std::ptrdiff_t>(spreads.size() / 2);
  std::nth_element(spreads.begin(), middle, spreads.end());
  if (*middle <= kNoisy) {
    return {};
  }
  return fmt::format(
      "This machine was busy: in half of the cells the repetitions' standard deviation is above {} of their "
      "mean, "
      "so intervals are wide and a tie may hide a difference. End what else is running (inferscale doctor "
      "says "
      "what it sees) and measure again under another --label.",
      percent_text(*middle));
}

Gallery first_plots(const Figures& figures) {
  Gallery gallery;
  for (const ModeFigures& mode : figures.modes) {
    gallery.figures.insert(gallery.figures.end(), mode.throughput.begin(), mode.throughput.end());
  }
  return gallery;
}

}  // namespace

Answer answer_of(const Source& source, const std::string& where) {
  Answer answer;
  const std::string machine = machine_words(source.environment);
  answer.lead = machine.empty() ? where + ":" : fmt::format("{} ({}):", where, machine);
  for (const Decision& decision : source.analysis.decisions) {
    answer.sentences.push_back(Text()
                                   .strong(std::string(to_string(decision.mode)))
                                   .plain(": " + answer_sentence(source.analysis, decision)));
  }
  if (answer.sentences.empty()) {
    answer.sentences.emplace_back("There are no rows in this results folder yet, so there is no answer.");
  }
  return answer;
}

Blocks answer_section(const Source& source, const Figures& figures) {
  Blocks blocks{answer_of(source, "On this machine")};
  if (const std::string noise = noise_words(source.analysis); !noise.empty()) {
    blocks.emplace_back(Paragraph{noise, false});
  }
  if (!figures.missing_because.empty()) {
    blocks.emplace_back(Paragraph{"No plots: " + figures.missing_because, true});
  }
  if (Gallery gallery = first_plots(figures); !gallery.figures.empty()) {
    blocks.emplace_back(std::move(gallery));
  }
  blocks.emplace_back(Heading{2, "Decision by size"});
  blocks.emplace_back(Paragraph{
      meaning_of_best(source.analysis) +
          " over the scenarios, with a 95% interval of its "
          "ratio to each "
          "other backend that excludes 1; otherwise it is a tie. Nothing is said beyond a factor of 3 "
          "outside the "
          "measured sizes.",
      true});
  for (const Decision& decision : source.analysis.decisions) {
    const std::string mode(to_string(decision.mode));
    if (decision.bands.empty()) {
      blocks.emplace_back(
          Paragraph{fmt::format("{}: no backend has every scenario ok at any size.", mode), false});
      continue;
    }
    blocks.emplace_back(
        decision_table(fmt::format("{}: the decision", mode), *decision.metric, decision.bands, false));
    blocks.push_back(details(fmt::format("{}: the decision at each measured size, with its lead", mode),
                             {decision_table(fmt::format("{}: each size and what lies between", mode),
                                             *decision.metric, decision.lines, true)}));
  }
  return blocks;
}

}  // namespace inferscale::report
