#include "report/report.hpp"

#include "analysis/analysis.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "report/plot.hpp"
#include "report/sections.hpp"

namespace inferscale {
namespace report {
namespace {

namespace fs = std::filesystem;

/// null when the file is not there: a folder of rows alone still makes a report.
Result<Json> read_if_there(const fs::path& file) {
  if (!fs::exists(file)) {
    return Json(nullptr);
  }
  return read_json_file(file);
}

Result<Source> load_source(const fs::path& results_dir) {
  if (!fs::is_directory(results_dir)) {
    return fail_usage("'{}' is not a folder: give a study's results folder, such as results/quick",
                      results_dir.string());
  }
  Source source;
  if (fs::exists(results_dir / "plan.json")) {
    TRY_ASSIGN(source.plan, load_plan(results_dir / "plan.json"));
  }
  TRY_ASSIGN(source.environment, read_if_there(results_dir / "environment.json"));
  TRY_ASSIGN(source.manifest, read_if_there(results_dir / "manifest.json"));
  TRY_ASSIGN(source.search, read_if_there(results_dir / "processed" / "crossover_search.json"));
  TRY_ASSIGN(const Dataset dataset, load_dataset(results_dir));
  TRY_ASSIGN(source.analysis, analyze(dataset));
  return source;
}

}  // namespace

const ModeFigures* figures_of(const Figures& figures, Mode mode) {
  for (const ModeFigures& one : figures.modes) {
    if (one.mode == mode) {
      return &one;
    }
  }
  return nullptr;
}

Document make_document(const Source& source, const Figures& figures) {
  const std::string& study = source.analysis.study;
  Document document;
  document.title = "Which runtime for which model size" + (study.empty() ? "" : ": " + study);
  append(document.blocks, answer_section(source, figures));
  append(document.blocks, search_section(source));
  append(document.blocks, crossover_section(source, figures));
  append(document.blocks, overall_section(source, figures));
  append(document.blocks, cells_section(source, figures));
  append(document.blocks, accuracy_section(source));
  append(document.blocks, outcomes_section(source));
  append(document.blocks, scaling_section(source));
  append(document.blocks, precision_section(source));
  append(document.blocks, roofline_section(source));
  append(document.blocks, method_section(source));
  append(document.blocks, left_out_section(source));
  append(document.blocks, artifacts_section(source));
  return document;
}

}  // namespace report

Result<void> write_report(const std::filesystem::path& results_dir, const ReportOptions& options) {
  TRY_ASSIGN(const report::Source source, report::load_source(results_dir));
  report::Figures figures;
  if (options.with_plots) {
    TRY_ASSIGN(figures, report::draw_figures(source.analysis, results_dir));
  }
  const report::Document document = report::make_document(source, figures);
  TRY(write_file_atomic(results_dir / "report.md", report::to_markdown(document)));
  return write_file_atomic(results_dir / "report.html", report::to_html(document));
}

}  // namespace inferscale
