// What backends take beside time, and what a batch buys.
#include "analysis/quantity.hpp"
#include "report/needs.hpp"
#include "report/sections.hpp"

namespace inferscale::report {

using namespace analysis;

Blocks needs_section(const Source& source, const Figures& figures) {
  const ModelSize* model = needs_model(source.analysis);
  if (model == nullptr || figures.needs.empty()) {
    return {};
  }
  return {
      Heading{2, "What backends take"},
      Paragraph{fmt::format("Of {} ({} parameters), the largest model of the study; backends in the order "
                            "of their rank. Memory is the peak over all modes and workloads. The tables "
                            "of cells have the other models.",
                            model->name, parameters_text(static_cast<double>(model->parameters))),
                true},
      Gallery{figures.needs, Gallery::Layout::small}};
}

Blocks tradeoff_section(const Figures& figures) {
  Blocks gallery = gallery_of(figures, &ModeFigures::tradeoff);
  if (gallery.empty()) {
    return {};
  }
  Blocks blocks{
      Heading{2, "Latency against throughput"},
      Paragraph{"Workloads that differ in the batch alone, of the largest model that has such. The "
                "best lie to the upper left. A line that rises steeply gains much by a larger batch.",
                true}};
  append(blocks, std::move(gallery));
  return blocks;
}

}  // namespace inferscale::report
