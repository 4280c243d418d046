#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/error.hpp"
#include "core/outcome.hpp"
#include "protocol/modes/descriptor.hpp"
#include "protocol/scenario.hpp"
#include "record/metrics.hpp"
#include "record/quality_result.hpp"
#include "record/row.hpp"

namespace inferscale::analysis {

/// What the analysis keeps of one repetition.
struct RepetitionValues {
  int number = 0;  ///< from 0
  Outcome outcome = Outcome::error;
  std::array<double, record::kMetricCount> values{};  ///< in the order of kMetrics; 0: none

  /// 0: none, or the repetition is not ok.
  [[nodiscard]] double of(const record::Metric& metric) const {
    return outcome == Outcome::ok ? values[record::number_of(metric)] : 0;
  }
};

struct ModelSize {
  std::string name;
  std::int64_t parameters = 0;
};

struct BackendFacts {
  std::string name;  ///< "onnxruntime-cpu@new" of a variant
  std::string device, precision;
  std::vector<std::string> runtime_versions;  ///< sorted; more than one gives a notice
  std::string backend = {}, variant = {};     ///< the parts of a variant's name; else empty
};

/// What the plan asks for; without it, what has no row is not known to be missing.
struct PlannedRuns {
  std::vector<std::string> backends;
  std::vector<protocol::Scenario> scenarios;
  std::vector<protocol::Mode> modes;
  int models = 0;
  int repetitions = 0;
  std::string metric = {};                  ///< that ranks backends; empty: each mode's own
  std::optional<double> indifference = {};  ///< none: kIndifference

  /// Repetitions of one backend in one mode.
  [[nodiscard]] int runs_of_a_backend() const {
    return models * static_cast<int>(scenarios.size()) * repetitions;
  }
};

/// One model x backend x scenario x mode. The numbers index the lists of the data set.
struct Cell {
  int model = 0, backend = 0, scenario = 0;
  protocol::Mode mode = protocol::kDefaultMode;
  std::vector<RepetitionValues> repetitions;  ///< by number
  /// The GPU's reasons, by number, of the ok repetitions in which it was throttled.
  std::map<int, std::vector<std::string>> throttled_because;
  std::string first_error;  ///< of the first repetition that is not ok; empty when all are
};

/// The order of a data set's cells, before the scenario.
inline auto cell_order(protocol::Mode mode, int model, int backend) {
  return std::tuple(protocol::place_in_reports(mode), model, backend);
}

/// Every row of a study, grouped into cells. The order of rows on disk leaves no trace in it.
struct Dataset {
  std::string study;
  std::vector<ModelSize> models;       ///< by ascending parameters, then name
  std::vector<BackendFacts> backends;  ///< in the plan's order, then those that only the rows name, by name
  std::vector<protocol::Scenario> scenarios;  ///< in the plan's order, then by batch, prompt and name
  std::vector<protocol::Mode> modes;          ///< those with rows, in the order of reports
  /// How many of `scenarios` the plan asks for (they come first); without a plan, all of them.
  int planned_scenarios = 0;
  std::optional<PlannedRuns> plan;
  std::vector<Cell> cells;                     ///< by cell_order(), then scenario; only those with rows
  std::vector<record::QualityResult> quality;  ///< of quality.json; empty when accuracy was not measured
  std::vector<std::string> notices;            ///< a torn last line, several runtime versions, ...
  std::int64_t rows = 0;
};

/// Collects rows into a data set; rows come in any order.
class DatasetBuilder {
 public:
  DatasetBuilder();
  ~DatasetBuilder();
  DatasetBuilder(const DatasetBuilder&) = delete;
  DatasetBuilder& operator=(const DatasetBuilder&) = delete;

  /// `place` leads errors: one model name with two sizes, one scenario name with two shapes.
  Result<void> add(const record::Row& row, std::string_view place);
  void add_notice(std::string notice);
  /// Gives the order of backends and scenarios, and what is missing when it has no row. Call it before add().
  void set_plan(PlannedRuns plan);
  /// The error names a repetition that is there twice.
  Result<Dataset> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads results_dir/raw/*.jsonl (streamed; memory holds the cells, not the text) and plan.json if it is
/// there. A corrupt line is an error that names file and line; a torn last line (power loss) is left out with
/// a notice.
Result<Dataset> load_dataset(const std::filesystem::path& results_dir);

/// One JSON Lines file of rows into the builder. `name` ("raw/prefill.jsonl") leads errors.
Result<void> load_rows(const std::filesystem::path& file, const std::string& name, DatasetBuilder& builder);

}  // namespace inferscale::analysis
