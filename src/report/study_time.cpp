// How long a study took, by the runs that its manifest lists.
#include <algorithm>
#include <map>
#include <utility>

#include "record/artifact_use.hpp"
#include "record/study_run.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

namespace {

/// All runs of a study together. Rows that no run lists came from one that was killed, or from an earlier
/// version.
struct StudyTime {
  std::vector<record::StudyRun> runs;
  double wall_s = 0;
  long rows = 0;
  bool whole = false;  ///< the runs made every row that there is
};

StudyTime time_of(const Source& source) {
  StudyTime time{record::runs_of(source.manifest)};
  for (const record::StudyRun& run : time.runs) {
    time.wall_s += run.wall_s;
    time.rows += static_cast<long>(run.rows);
  }
  long rows = 0;
  for (const analysis::OutcomeTotal& total : source.analysis.outcomes) {
    rows += total.outcomes.runs;
  }
  time.whole = !time.runs.empty() && time.rows == rows;
  return time;
}

}  // namespace

std::string wall_time(const Source& source) {
  const StudyTime time = time_of(source);
  return time.whole ? duration_text(time.wall_s) : std::string();
}

std::string wall_time_words(const Source& source) {
  const StudyTime time = time_of(source);
  if (time.runs.empty()) {
    return {};
  }
  std::string text;
  for (const record::StudyRun& run : time.runs) {
    text += fmt::format("{}{} in {}", text.empty() ? "" : "; ",
                        count_text(static_cast<long>(run.rows), "repetition"), duration_text(run.wall_s));
  }
  if (time.runs.size() > 1) {
    text +=
        fmt::format("; together {} in {}", count_text(time.rows, "repetition"), duration_text(time.wall_s));
  }
  return time.whole ? text : text + "; how long the others took is not known";
}

std::string making_words(const Source& source) {
  std::map<std::string, const record::ArtifactUse*> made;  // by what is loaded: modes may share it
  const record::StudyUses uses = record::uses_of(source.manifest);
  for (const record::ArtifactUse& use : uses.uses) {
    if (!use.files.empty() && use.seconds) {
      made.emplace(use.files.back().sha256, &use);
    }
  }
  double graphs = 0, calibrations = 0, engines = 0;
  for (const auto& [sha256, use] : made) {
    calibrations += use->calibration_s.value_or(0);
    engines += use->build_s.value_or(0);
    graphs += std::max(0.0, *use->seconds - use->calibration_s.value_or(0) - use->build_s.value_or(0));
  }
  std::vector<std::string> parts;
  for (const auto& [what, seconds] :
       {std::pair{"graphs", graphs}, {"calibration", calibrations}, {"engines", engines}}) {
    if (seconds > 0) {
      parts.push_back(fmt::format("{} {}", what, duration_text(seconds)));
    }
  }
  return comma_list(parts);
}

}  // namespace inferscale::report
