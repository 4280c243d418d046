// The first screen: the answer, what to do with it, the maps that show it, and the decision by size.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// The best of a size among those that `wanted` takes, with how far it lies behind; a dash for none.
template <class Wanted>
Text best_of(const DecisionLine& line, Wanted wanted) {
  for (const RankedBackend& ranked : line.ranking) {
    if (wanted(ranked.backend)) {
      const double factor = ranked.behind.ratio;
      const bool itself = ranked.backend == line.use;
      return Text(ranked.backend + (itself
                                        ? ""
                                        : fmt::format(" ({})", factor < 1 ? excess_text(1 / factor) + " ahead"
                                                                          : excess_text(factor))));
    }
  }
  return kNone;
}

/// Of the one to use over the best of the others.
std::string lead_text(const DecisionLine& line) {
  for (const RankedBackend& ranked : line.ranking) {
    if (ranked.backend != line.use) {
      return ratio_interval_text(ranked.behind.ratio, ranked.behind.ci95) + " over " + ranked.backend;
    }
  }
  return kNone;
}

std::string sureness(const DecisionLine& line) {
  std::vector<std::string> parts;
  if (!line.alike_with.empty()) {
    parts.push_back("alike: " + comma_list(line.alike_with));
  }
  if (!line.undecided_with.empty()) {
    parts.push_back("undecided: " + comma_list(line.undecided_with));
  }
  for (const RankedBackend& ranked : line.ranking) {
    if (ranked.verdict == Verdict::faster) {
      parts.push_back(fmt::format("{} is {} better, which changes no answer", ranked.backend,
                                  excess_text(1 / ranked.behind.ratio)));
    }
  }
  return parts.empty() ? std::string(line.ranking.size() > 1 ? "clear" : "alone") : comma_list(parts);
}

/// Only columns that say something: without one runtime or device there is nothing beside it.
Table decision_table(const Analysis& analysis, const Decision& decision) {
  const auto on_cpu = [&](const std::string& name) {
    return std::any_of(analysis.backends.begin(), analysis.backends.end(), [&](const BackendFacts& backend) {
      return backend.name == name && backend.device == "cpu";
    });
  };
  const bool gpu = std::any_of(analysis.backends.begin(), analysis.backends.end(),
                               [](const BackendFacts& backend) { return backend.device == "cuda"; });
  Table table{fmt::format("{}: the decision at each measured size; in brackets how far behind",
                          to_string(decision.mode)),
              {{"Parameters (model)", false}, {"Use", false}, {"Lead [95%]", false}, {"Sure", false}},
              {}};
  if (gpu) {
    table.columns.push_back({"Best on a CPU", false});
  }
  for (const DecisionLine& line : decision.lines) {
    if (line.basis != Basis::measured) {
      continue;
    }
    std::vector<Text> row{
        Text(fmt::format("{} ({})", parameters_text(line.low_parameters), line.models.front())),
        Text().strong(line.use), Text(lead_text(line)), Text(sureness(line))};
    if (gpu) {
      row.push_back(best_of(line, on_cpu));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Where the backend to use changes, on lines between the sizes; models of one size have no line between.
std::vector<Text> changes_of(const Decision& decision) {
  std::vector<Text> items;
  for (std::size_t i = 1; i < decision.lines.size(); ++i) {
    const DecisionLine& before = decision.lines[i - 1];
    const DecisionLine& after = decision.lines[i];
    const bool line_between = before.basis != Basis::measured || after.basis != Basis::measured;
    if (before.use != after.use && before.high_parameters > 0 && line_between) {
      items.emplace_back(fmt::format("{}: from {} to {} at {} parameters, on a line between measured sizes.",
                                     to_string(decision.mode), before.use, after.use,
                                     parameters_text(after.low_parameters)));
    }
  }
  return items;
}

Gallery own_plots(const Figures& figures) {
  Gallery gallery;
  gallery.layout = Gallery::Layout::wide;
  for (const ModeFigures& mode : figures.modes) {
    gallery.figures.insert(gallery.figures.end(), mode.maps.begin(), mode.maps.end());
    gallery.figures.insert(gallery.figures.end(), mode.throughput.begin(), mode.throughput.end());
  }
  return gallery;
}

Paragraph how_decided(const Analysis& analysis) {
  const std::string percent = fmt::format("{:g}%", 100 * indifference_of(analysis));
  return {
      fmt::format("Mean over the workloads, repetition by repetition. Alike: the 95% interval of the ratio "
                  "lies within {} of 1. Undecided: it leaves that band and contains 1. A backend that is the "
                  "answer at other sizes stays the answer where no other is known to be more than {} better; "
                  "--indifference sets that. Nothing is said beyond the measured sizes.",
                  percent, percent),
      true};
}

}  // namespace

Blocks answer_section(const Source& source, const Figures& figures) {
  Blocks blocks{subject_of(source), answer_of(source, "")};
  append(blocks, serve_blocks(source));
  if (const std::string noise = noise_words(source.analysis); !noise.empty()) {
    blocks.emplace_back(Paragraph{noise, false});
  }
  if (!figures.missing_because.empty()) {
    blocks.emplace_back(Paragraph{"Some plots are missing: " + figures.missing_because, true});
  }
  if (Gallery gallery = own_plots(figures); !gallery.figures.empty()) {
    blocks.emplace_back(controls_of(source));
    blocks.emplace_back(std::move(gallery));
  }
  append(blocks, key_findings_section(source));
  blocks.emplace_back(Heading{2, "Decision by size"});
  blocks.emplace_back(how_decided(source.analysis));
  List changes;
  for (const Decision& decision : source.analysis.decisions) {
    if (decision.lines.empty()) {
      blocks.emplace_back(
          Paragraph{fmt::format("{}: {}.", to_string(decision.mode), nothing_ranked(decision)), false});
      continue;
    }
    blocks.emplace_back(decision_table(source.analysis, decision));
    const std::vector<Text> of_mode = changes_of(decision);
    changes.items.insert(changes.items.end(), of_mode.begin(), of_mode.end());
  }
  if (!changes.items.empty()) {
    blocks.emplace_back(std::move(changes));
  }
  return blocks;
}

}  // namespace inferscale::report
