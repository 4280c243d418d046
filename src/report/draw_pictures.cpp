// The pictures that the program draws itself, with what they say to those who do not see them.
#include <cctype>

#include "core/files.hpp"
#include "report/answer.hpp"
#include "report/draw.hpp"
#include "report/needs.hpp"
#include "report/picture_words.hpp"
#include "report/pictures.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Of a picture.
struct Said {
  std::string what;        ///< is drawn
  std::string found;       ///< in it, for those who do not see it
  std::string more = ".";  ///< behind `what`, for those who do
  [[nodiscard]] std::string alt() const { return found.empty() ? what : what + ". " + found; }
};

/// Of one mode, with what all of them need.
struct Studio {
  const Source& source;
  const PictureFolder& folder;
  std::vector<Colour> colours;
  protocol::Mode mode;
  std::string name;  ///< of the mode

  Result<void> keep(const std::string& file, std::string svg, const Said& said,
                    std::vector<Figure>& into) const {
    return folder.keep(file, std::move(svg), {{}, {}, said.alt(), said.what + said.more}, into);
  }
};

Result<void> draw_answer(const Studio& studio, const Decision& decision, ModeFigures& figures) {
  const Analysis& analysis = studio.source.analysis;
  const std::string& name = studio.name;
  const std::string found = answer_sentence(decision);
  const std::string map = fmt::format("{}: the backend to use by size and workload. {}", name, found);
  TRY(studio.folder.keep(
      "decision_" + name, decision_map(analysis, decision, studio.colours, map),
      {{},
       {},
       map,
       fmt::format("{}: the backend to use by size and workload, with its lead over the next. Pale: alike "
                   "within {:.0f}%, or undecided.",
                   name, 100 * decision.indifference)},
      figures.maps));
  const Said slowdown{
      fmt::format("{}: how many times worse than the best of each size, mean over the workloads", name),
      found};
  TRY(studio.keep("slowdown_" + name, slowdown_map(analysis, decision, studio.colours, slowdown.alt()),
                  slowdown, figures.maps));
  const Said over{
      fmt::format("{}: {}, mean over the workloads, with 95% intervals", name, decision.metric->words),
      found};
  return studio.keep("throughput_" + name, metric_plot(analysis, decision, studio.colours, over.alt()), over,
                     figures.throughput);
}

Result<void> draw_cells(const Studio& studio, ModeFigures& figures) {
  const Analysis& analysis = studio.source.analysis;
  for (std::size_t i = 0; i < analysis.models.size(); ++i) {
    const std::string& model = analysis.models[i].name;
    const Said said{fmt::format("{}: latency of {} by workload, every repetition", studio.name, model),
                    latency_words(analysis, studio.mode, model),
                    " a dot; the tick is the 99th percentile within repetitions, in the mean."};
    TRY(studio.keep(fmt::format("latency_{}_{}_{}", studio.name, i + 1, model),
                    latency_plot(analysis, studio.mode, model, studio.colours, said.alt()), said,
                    figures.latency));
  }
  for (const BatchFamily& family : batch_families(analysis, studio.mode)) {
    const Said said{fmt::format("{}: throughput over latency of {}, {} tokens, by batch", studio.name,
                                family.model, family.prompt_tokens),
                    tradeoff_words(analysis, studio.mode, family)};
    TRY(studio.keep(fmt::format("tradeoff_{}_{}", studio.name, family.prompt_tokens),
                    tradeoff_plot(analysis, studio.mode, family, studio.colours, said.alt()), said,
                    figures.tradeoff));
  }
  return {};
}

/// What the pictures of every mode are made from, besides the analysis.
struct Derived {
  std::vector<PrecisionComparison> precisions;
  std::vector<DeviceRoofs> roofs;
  std::vector<RooflineShare> shares;
  std::vector<ServingCost> costs;
};

Result<void> draw_derived(const Studio& studio, const Derived& derived, ModeFigures& figures) {
  const Analysis& analysis = studio.source.analysis;
  const Said precision{studio.name + ": throughput over that of the same runtime in fp32, with 95% intervals",
                       precision_words(analysis, studio.mode, derived.precisions)};
  TRY(studio.keep("precision_" + studio.name,
                  precision_plot(analysis, studio.mode, derived.precisions, studio.colours, precision.alt()),
                  precision, figures.precision));
  const Said price{studio.name + ": price of a million tokens, with 95% intervals", {}};
  TRY(studio.keep("cost_" + studio.name,
                  cost_plot(analysis, studio.mode, derived.costs, studio.colours, price.alt()), price,
                  figures.cost));
  for (const DeviceRoofs& roofs : derived.roofs) {
    const Said said{
        fmt::format("{}: operations a second over operations a byte on {}, under the roofs of memory and of "
                    "each precision",
                    studio.name, roofs.device),
        roofline_words(analysis, studio.mode, roofs.device, derived.shares),
        ": a dot a model, over all workloads; hollow where it is faster than the limit that was measured."};
    TRY(studio.keep(fmt::format("roofline_{}_{}", studio.name, roofs.device),
                    roofline_plot(analysis, studio.mode, roofs, derived.shares, studio.colours, said.alt()),
                    said, figures.roofline));
  }
  return {};
}

Result<void> draw_bars(const Source& source, const PictureFolder& folder, const std::vector<Need>& needs,
                       const std::vector<Colour>& colours, std::vector<Figure>& into) {
  for (const Need& need : needs) {
    std::string found;
    for (const Bar& bar : need.bars) {
      found += fmt::format("{}{} {}", found.empty() ? ": " : ", ", bar.backend, bar.words);
    }
    TRY(folder.keep("needs_" + need.name,
                    bars_plot(source.analysis, need.bars, need.full, colours, need.title + found),
                    {{}, {}, need.title + found + ".", need.title + "."}, into));
  }
  return {};
}

}  // namespace

std::string plain_name(std::string name) {
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  }
  return name;
}

Result<void> PictureFolder::keep(const std::string& name, std::string svg, Figure figure,
                                 std::vector<Figure>& into) const {
  if (svg.empty()) {
    return {};
  }
  figure.file = "plots/" + plain_name(prefix + name) + ".svg";
  figure.svg = std::move(svg);
  TRY(write_file_atomic(folder / figure.file, figure.svg + (figure.svg.ends_with('\n') ? "" : "\n")));
  into.push_back(std::move(figure));
  return {};
}

Result<Figures> draw_pictures(const Source& source, const PictureFolder& folder) {
  Figures figures;
  const Analysis& analysis = source.analysis;
  const std::vector<Colour> colours = colours_of(analysis.backends, source.environment);
  const Derived derived{
      compare_precisions(analysis, builds_of(source), source.plan, source.environment),
      roofs_of(source.environment),
      roofline_shares(source.plan, source.environment, analysis, record::uses_of(source.manifest).models),
      serving_costs(analysis, builds_of(source), source.plan, source.prices, source.machine)};
  for (const Decision& decision : analysis.decisions) {
    ModeFigures& mode = figures.modes.emplace_back();
    mode.mode = decision.mode;
    const Studio studio{source, folder, colours, decision.mode, std::string(to_string(decision.mode))};
    TRY(draw_answer(studio, decision, mode));
    TRY(draw_cells(studio, mode));
    TRY(draw_derived(studio, derived, mode));
  }
  TRY(draw_bars(source, folder, needs_of(source), colours, figures.needs));
  TRY(draw_bars(source, folder, degradation_of(analysis), colours, figures.outcomes));
  return figures;
}

}  // namespace inferscale::report
