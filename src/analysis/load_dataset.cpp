#include <algorithm>
#include <vector>

#include "analysis/dataset.hpp"
#include "core/files.hpp"
#include "record/plan.hpp"

namespace inferscale::analysis {
namespace {

namespace fs = std::filesystem;

Result<void> load_plan(const fs::path& results_dir, DatasetBuilder& builder) {
  const fs::path file = results_dir / "plan.json";
  if (!fs::exists(file)) {
    builder.add_notice("there is no plan.json: what was not run is not known to be missing");
    return {};
  }
  TRY_ASSIGN(const Json json, read_json_file(file));
  TRY_ASSIGN(record::Plan plan, record::parse_plan(json, file.string()));
  builder.set_plan({std::move(plan.backends), std::move(plan.scenarios), std::move(plan.modes),
                    static_cast<int>(plan.models.size()), plan.repetitions, std::move(plan.metric),
                    plan.indifference});
  return {};
}

Result<std::vector<fs::path>> row_files(const fs::path& results_dir) {
  std::error_code error;
  if (!fs::is_directory(results_dir, error)) {
    return fail_usage("'{}' is not a folder; give the results folder of a study", results_dir.string());
  }
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(results_dir / "raw", error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".jsonl") {
      files.push_back(entry->path());
    }
  }
  if (files.empty()) {
    return fail("'{}' has no rows: there is no raw/*.jsonl in it; run 'inferscale study' first",
                results_dir.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<Dataset> load_dataset(const fs::path& results_dir) {
  TRY_ASSIGN(const auto files, row_files(results_dir));
  DatasetBuilder builder;
  TRY(load_plan(results_dir, builder));
  for (const auto& file : files) {
    TRY(load_rows(file, "raw/" + file.filename().string(), builder));
  }
  TRY_ASSIGN(Dataset dataset, builder.finish());
  TRY_ASSIGN(dataset.quality, record::read_quality(results_dir));
  if (dataset.rows == 0) {
    return fail("'{}' has no rows yet; run 'inferscale study' again to resume it", results_dir.string());
  }
  return dataset;
}

}  // namespace inferscale::analysis
