#include "report/report.hpp"

#include "analysis/analysis.hpp"
#include "analysis/compare_fields.hpp"
#include "analysis/study_index.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "record/results_files.hpp"
#include "report/plot.hpp"
#include "report/processed_options.hpp"
#include "report/sections.hpp"

namespace inferscale::report {

using namespace analysis;

const ModeFigures* figures_of(const Figures& figures, protocol::Mode mode) {
  for (const ModeFigures& one : figures.modes) {
    if (one.mode == mode) {
      return &one;
    }
  }
  return nullptr;
}

Blocks gallery_of(const std::vector<Figure>& figures) {
  return figures.empty() ? Blocks{} : Blocks{Gallery{figures}};
}

Blocks gallery_of(const Figures& figures, std::vector<Figure> ModeFigures::* which) {
  std::vector<Figure> all;
  for (const ModeFigures& mode : figures.modes) {
    all.insert(all.end(), (mode.*which).begin(), (mode.*which).end());
  }
  return gallery_of(all);
}

Result<Source> make_source(StudyResults results, const Ranking& ranking,
                           const std::optional<double>& indifference) {
  Source source;
  source.machine = results.name;
  source.prices = ranking.prices;
  TRY_ASSIGN(source.analysis,
             analyze(results.dataset, {{}, {ranking.metric, ranking.prices, results.name}, indifference}));
  TRY_ASSIGN(source.search, record::read_if_there(results.folder / "processed" / "crossover_search.json"));
  source.kept_builds = kept_builds(results.folder / "processed");
  source.other_options = other_options(results.folder / "processed", source);
  source.plan = std::move(results.plan);
  source.environment = std::move(results.environment);
  source.manifest = std::move(results.manifest);
  return source;
}

StudyBuilds builds_of(const Source& source) {
  StudyBuilds builds = artifact_facts(source.manifest);
  builds.kept = source.kept_builds;
  return builds;
}

Blocks study_sections(const Source& source, const Figures& figures) {
  Blocks blocks;
  append(blocks, answer_section(source, figures));
  append(blocks, not_to_use_section(source));
  append(blocks, search_section(source, figures));
  append(blocks, crossover_section(source, figures));
  append(blocks, overall_section(source, figures));
  append(blocks, tradeoff_section(figures));
  append(blocks, decode_section(source));
  append(blocks, needs_section(source, figures));
  append(blocks, cells_section(source, figures));
  append(blocks, accuracy_section(source));
  append(blocks, outcomes_section(source, figures));
  append(blocks, scaling_section(source));
  append(blocks, precision_section(source, figures));
  append(blocks, cost_section(source, figures));
  append(blocks, roofline_section(source, figures));
  append(blocks, tr118_section(source));
  append(blocks, method_section(source));
  append(blocks, left_out_section(source));
  append(blocks, artifacts_section(source));
  return blocks;
}

Document make_document(const Source& source, const Figures& figures) {
  const std::string& name = source.machine.empty() ? source.analysis.study : source.machine;
  return {"Which runtime for which model size" + (name.empty() ? "" : ": " + name),
          study_sections(source, figures)};
}

namespace {

Result<ReportFiles> write_document(const Document& document, const std::filesystem::path& folder) {
  ReportFiles files{folder / "report.html", folder / "report.md"};
  TRY(write_file_atomic(files.text, to_markdown(document)));
  TRY(write_file_atomic(files.page, to_html(document)));
  return files;
}

Result<Figures> figures_for(const Source& source, const ReportOptions& options,
                            const std::filesystem::path& out, const std::string& prefix) {
  return options.with_plots ? draw_figures(source, out, prefix) : Figures{};
}

}  // namespace

Result<ReportFiles> write_report(const std::filesystem::path& results_dir, const ReportOptions& options) {
  TRY_ASSIGN(StudyResults results, load_study_results(results_dir));
  TRY(check_prices(std::span(&results, 1), options.cost_per_hour));
  const Ranking ranking{options.metric, options.cost_per_hour};
  TRY_ASSIGN(const Source source, make_source(std::move(results), ranking, options.indifference));
  const auto out = options.out.empty() ? results_dir : options.out;
  TRY_ASSIGN(const Figures figures, figures_for(source, options, out, ""));
  return write_document(make_document(source, figures), out);
}

Result<ReportFiles> write_machines_report(std::span<const std::filesystem::path> results_dirs,
                                          const ReportOptions& options) {
  TRY_ASSIGN(std::vector<StudyResults> all, load_study_results(results_dirs));
  TRY(check_prices(all, options.cost_per_hour));
  const Ranking ranking{options.metric, options.cost_per_hour};
  TRY(check_ranking(ranking));
  const MachineComparison comparison = compare_machines(all, ranking);
  std::vector<MachineSource> machines;
  for (StudyResults& results : all) {
    MachineSource& machine = machines.emplace_back();
    machine.name = results.name;
    TRY_ASSIGN(machine.source, make_source(std::move(results), ranking, options.indifference));
    const auto prefix = fmt::format("machine-{}-", machines.size());
    TRY_ASSIGN(machine.figures, figures_for(machine.source, options, options.out, prefix));
  }
  TRY(write_file_atomic(options.out / "machines.json", to_pretty(to_json(comparison))));
  return write_document(make_machines_document(machines, comparison), options.out);
}

}  // namespace inferscale::report
