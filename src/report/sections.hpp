#pragma once

#include <optional>

#include "analysis/analysis.hpp"
#include "core/json.hpp"
#include "report/document.hpp"
#include "study/plan.hpp"

namespace inferscale::report {

/// What a report is made from. Only the analysis must be there.
struct Source {
  Analysis analysis;
  std::optional<Plan> plan;
  Json environment;  ///< environment.json, or null
  Json manifest;     ///< manifest.json, or null
  Json search;       ///< processed/crossover_search.json, or null
};

struct ModeFigures {
  Mode mode = Mode::prefill;
  std::vector<Figure> throughput;  ///< one, or none
  std::vector<Figure> ratio;       ///< pairs whose winner changes
  std::vector<Figure> no_change;   ///< the other pairs
  std::vector<Figure> latency;     ///< one a model
};

struct Figures {
  std::vector<ModeFigures> modes;
  std::string missing_because;  ///< why there are none; empty when there are or none was asked for
};

// One section a file, in the order of the report.
Blocks answer_section(const Source& source, const Figures& figures);
/// Nothing where no search was made.
Blocks search_section(const Source& source);
Blocks crossover_section(const Source& source, const Figures& figures);
Blocks overall_section(const Source& source, const Figures& figures);
Blocks cells_section(const Source& source, const Figures& figures);
Blocks accuracy_section(const Source& source);
Blocks outcomes_section(const Source& source);
Blocks scaling_section(const Source& source);
Blocks roofline_section(const Source& source);
Blocks precision_section(const Source& source);
Blocks method_section(const Source& source);
Blocks left_out_section(const Source& source);
Blocks artifacts_section(const Source& source);

/// "2 cores of an AMD EPYC 9B45"; "" when environment.json is missing.
std::string machine_words(const Json& environment);
/// A field as text; "" when the object lacks it.
std::string field_text(const Json& object, const char* field);
const ModeFigures* figures_of(const Figures& figures, Mode mode);
/// Sections first, figures in them; the title names the study.
Document make_document(const Source& source, const Figures& figures);

}  // namespace inferscale::report
