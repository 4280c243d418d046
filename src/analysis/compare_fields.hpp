#pragma once

#include "analysis/analysis_fields.hpp"
#include "analysis/compare_machines.hpp"
#include "analysis/compare_studies.hpp"

// The JSON of `compare` and of machines.json, declared once.

namespace inferscale::analysis {

constexpr auto declared_fields(const EnvironmentDifference* /*type*/) {
  using D = EnvironmentDifference;
  return std::tuple{field<&D::field>("field"), field<&D::base>("base"), field<&D::now>("new"),
                    field<&D::decides>("decides")};
}

inline std::optional<double> base_tok_s(const CellChange& cell) {
  return cell.base_outcomes.ok > 0 ? if_throughput(cell.metric, cell.base_value) : std::nullopt;
}
inline std::optional<double> new_tok_s(const CellChange& cell) {
  return cell.new_outcomes.ok > 0 ? if_throughput(cell.metric, cell.new_value) : std::nullopt;
}
constexpr auto declared_fields(const CellChange* /*type*/) {
  using C = CellChange;
  return std::tuple{mode_field<&C::mode>(),
                    field<&C::model>("model"),
                    field<&C::parameters>("parameters"),
                    field<&C::backend>("backend"),
                    field<&C::scenario>("scenario"),
                    field<&C::base_outcomes>("base_outcomes"),
                    field<&C::new_outcomes>("new_outcomes"),
                    computed_field<&base_tok_s>("base_tok_s", {.unit = "tokens/s"}),
                    computed_field<&new_tok_s>("new_tok_s", {.unit = "tokens/s"}),
                    EmbeddedFields<&C::test>(),
                    field<&C::verdict>("verdict"),
                    field<&C::note>("note"),
                    metric_field<&C::metric>(),
                    field<&C::base_value>("base_value"),
                    field<&C::new_value>("new_value"),
                    field<&C::smallest_change>("smallest_change")};
}
constexpr auto declared_fields(const TotalChange* /*type*/) {
  using T = TotalChange;
  return std::tuple{mode_field<&T::mode>(),
                    field<&T::backend>("backend"),
                    field<&T::cells>("cells"),
                    EmbeddedFields<&T::test>(),
                    field<&T::verdict>("verdict"),
                    metric_field<&T::metric>(),
                    field<&T::smallest_change>("smallest_change")};
}
constexpr auto declared_fields(const UnmatchedCell* /*type*/) {
  using U = UnmatchedCell;
  return std::tuple{mode_field<&U::mode>(),        field<&U::model>("model"),
                    field<&U::backend>("backend"), field<&U::scenario>("scenario"),
                    field<&U::reason>("reason"),   field<&U::missing>("missing")};
}

inline bool has_regressed(const StudyComparison& comparison) {
  return comparison.regressed();
}
inline std::string answer_name(const StudyComparison& comparison) {
  return std::string(to_string(comparison.answer()));
}
inline std::optional<double> visible_change(const StudyComparison& comparison) {
  return comparison.smallest_change();
}
inline int missing_cells(const StudyComparison& comparison) {
  return comparison.missing();
}
/// Cells by verdict.
Json verdict_counts(const StudyComparison& comparison);

constexpr auto declared_fields(const StudyComparison* /*type*/) {
  using S = StudyComparison;
  return std::tuple{field<&S::threshold>("threshold"),
                    field<&S::comparable>("comparable"),
                    computed_field<&has_regressed>("regressed"),
                    computed_field<&answer_name>("answer"),
                    field<&S::detect>("detect"),
                    computed_field<&visible_change>("smallest_change"),
                    computed_field<&missing_cells>("missing"),
                    field<&S::interleaved>("interleaved"),
                    field<&S::differences>("differences"),
                    computed_field<&verdict_counts>("counts"),
                    field<&S::totals>("totals"),
                    field<&S::cells>("cells"),
                    field<&S::unmatched>("unmatched")};
}

/// null where the machine did not measure it.
inline std::optional<std::string> measured_backend(const MachineValue& value) {
  return value.value.n > 0 ? std::optional(value.backend) : std::nullopt;
}
inline std::optional<Estimate> measured_value(const MachineValue& value) {
  return value.value.n > 0 ? std::optional(value.value) : std::nullopt;
}
inline std::optional<Estimate> measured_tok_s(const MachineValue& value) {
  return value.metric == &record::kThroughput ? measured_value(value) : std::nullopt;
}
constexpr auto declared_fields(const MachineValue* /*type*/) {
  using M = MachineValue;
  return std::tuple{field<&M::machine>("machine"), computed_field<&measured_backend>("backend"),
                    computed_field<&measured_tok_s>("throughput_tok_s", {.unit = "tokens/s"}),
                    field<&M::ratio>("ratio_to_first"), computed_field<&measured_value>("value")};
}
constexpr auto declared_fields(const MachineRow* /*type*/) {
  using M = MachineRow;
  return std::tuple{mode_field<&M::mode>(),
                    field<&M::model>("model"),
                    field<&M::parameters>("parameters"),
                    name_field<&M::backend>("backend"),
                    name_field<&M::scenario>("scenario"),
                    field<&M::machines>("machines"),
                    metric_field<&M::metric>()};
}
constexpr auto declared_fields(const MachineComparison* /*type*/) {
  using M = MachineComparison;
  return std::tuple{field<&M::machines>("machines"), field<&M::no_ratio_because>("no_ratio_because"),
                    field<&M::fastest>("fastest"), field<&M::overall>("overall"), field<&M::cells>("cells")};
}

Json to_json(const StudyComparison& comparison);
Json to_json(const MachineComparison& comparison);

}  // namespace inferscale::analysis
