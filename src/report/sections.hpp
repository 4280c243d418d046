#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/artifact_facts.hpp"
#include "analysis/compare_machines.hpp"
#include "analysis/prices.hpp"
#include "core/json.hpp"
#include "record/plan.hpp"
#include "report/document.hpp"

namespace inferscale::report {

/// What a report is made from. Only the analysis must be there.
struct Source {
  analysis::Analysis analysis;
  std::optional<record::Plan> plan;
  Json environment;                               ///< environment.json, or null
  Json manifest;                                  ///< manifest.json, or null
  std::string machine;                            ///< StudyResults::name
  analysis::Prices prices;                        ///< of an hour; may be empty
  Json search;                                    ///< processed/crossover_search.json, or null
  std::vector<analysis::KnownBuild> kept_builds;  ///< by an earlier analysis of the same rows
  std::string other_options = {};                 ///< other_options() of processed/; empty: none
};

/// What is known of builds: by the manifest, else by an earlier analysis.
analysis::StudyBuilds builds_of(const Source& source);

struct ModeFigures {
  protocol::Mode mode = protocol::kDefaultMode;
  std::vector<Figure> maps;        ///< the decision map and the slowdown map; those that there are
  std::vector<Figure> throughput;  ///< one, or none
  std::vector<Figure> ratio;       ///< pairs whose winner changes; the others take a sentence
  std::vector<Figure> latency;     ///< one a model
  std::vector<Figure> tradeoff;    ///< one a prompt that has several batches
  std::vector<Figure> precision;   ///< one, or none
  std::vector<Figure> roofline;    ///< one a device
  std::vector<Figure> cost;        ///< one, where prices were given
};

struct Figures {
  std::vector<ModeFigures> modes;
  std::vector<Figure> needs;     ///< one a quantity
  std::vector<Figure> outcomes;  ///< one a mode in which repetitions are degraded
  std::vector<Figure> search;    ///< one, or none
  std::string missing_because;   ///< why there are none; empty when there are or none was asked for
};

/// A results folder, analysed.
Result<Source> make_source(analysis::StudyResults results, const analysis::Ranking& ranking,
                           const std::optional<double>& indifference = {});

/// What the reader came for, in at most kMostAnswerWords words. `where` leads where there are several
/// machines.
Answer answer_of(const Source& source, const std::string& where);
constexpr std::size_t kMostAnswerWords = 90;
/// What the answer is of: machine, workload, counts, weights.
Paragraph subject_of(const Source& source);
/// Commands that build and serve the choice, with the options and versions that were measured.
Blocks serve_blocks(const Source& source);
/// Backends with a cell in a mode, best first by the decision; what is not ranked comes last.
std::vector<std::string> ranked_backends(const analysis::Analysis& analysis, protocol::Mode mode);
/// What a reader of the page can hide or pick.
Controls controls_of(const Source& source);
/// The models, by where their weights come from.
struct Weights {
  std::vector<std::string> random;  ///< as those of names of the ladder are, where accuracy says nothing else
  std::vector<std::string> trained;
};
Weights weights_of(const Source& source);
/// A warning a backend whose repetitions differ much, worst first; empty for a quiet machine.
std::string noise_words(const analysis::Analysis& analysis);

// One section a file, in the order of the report.
Blocks answer_section(const Source& source, const Figures& figures);
/// A few sentences of one clause; nothing where there is nothing to say.
Blocks key_findings_section(const Source& source);
/// Nothing where no search was made.
Blocks search_section(const Source& source, const Figures& figures);
Blocks crossover_section(const Source& source, const Figures& figures);
Blocks overall_section(const Source& source, const Figures& figures);
Blocks cells_section(const Source& source, const Figures& figures);
/// Nothing where no workloads differ in the batch alone.
Blocks tradeoff_section(const Figures& figures);
/// Nothing where no backend is far behind, ends badly or fails its gate.
Blocks not_to_use_section(const Source& source);
/// Nothing where no mode has a KV cache.
Blocks decode_section(const Source& source);
/// Nothing without pictures: the figures are in other sections' tables.
Blocks needs_section(const Source& source, const Figures& figures);
Blocks accuracy_section(const Source& source);
Blocks outcomes_section(const Source& source, const Figures& figures);
Blocks scaling_section(const Source& source);
Blocks roofline_section(const Source& source, const Figures& figures);
Blocks precision_section(const Source& source, const Figures& figures);
/// Nothing where neither prices nor builds that pay are known.
Blocks cost_section(const Source& source, const Figures& figures);
/// Nothing for other plans than TR118's.
Blocks tr118_section(const Source& source);
Blocks method_section(const Source& source);
Blocks left_out_section(const Source& source);
Blocks artifacts_section(const Source& source);

/// What is known of a machine, by name: "Processor", "Threads a worker", ...; nothing without
/// environment.json.
std::vector<std::pair<std::string, std::string>> machine_facts(const Source& source);
/// "8 min 29 s", of all runs together; empty where a part of it is not known.
std::string wall_time(const Source& source);
/// By run, and all together; empty where nothing is known.
std::string wall_time_words(const Source& source);
/// Seconds that making what was loaded took, by stage: "graphs 12 s, engines 9 min 30 s". Several are made at
/// the same time, so that is no part of the wall time.
std::string making_words(const Source& source);
/// "2 cores of an AMD EPYC 9B45, NVIDIA H200"; "" when environment.json is missing.
std::string machine_words(const Json& environment);
/// A field as text; "" when the object lacks it.
std::string field_text(const Json& object, const char* field);
/// A field that is a number; nothing where there is none.
std::optional<double> number_at(const Json& object, const char* field);
/// Those of every mode, side by side; nothing where there are none.
Blocks gallery_of(const Figures& figures, std::vector<Figure> ModeFigures::* which);
Blocks gallery_of(const std::vector<Figure>& figures);
const ModeFigures* figures_of(const Figures& figures, protocol::Mode mode);
/// Everything about one study, its headings at level 2 and below.
Blocks study_sections(const Source& source, const Figures& figures);
/// Sections first, figures in them; the title names the results folder, since a label may be of a copy.
Document make_document(const Source& source, const Figures& figures);

/// One machine of a report on several.
struct MachineSource {
  std::string name;
  Source source;
  Figures figures;
};
/// Answers first, then the machines side by side, then each machine's own report. Nothing is pooled.
Document make_machines_document(const std::vector<MachineSource>& machines,
                                const analysis::MachineComparison& comparison);

}  // namespace inferscale::report
