#pragma once

#include "analysis/statistics_fields.hpp"
#include "search/search_steps.hpp"

// The JSON of a search (processed/crossover_search.json), declared once.

namespace inferscale::search {

constexpr auto declared_fields(const SearchSettings* /*type*/) {
  using S = SearchSettings;
  return std::tuple{field<&S::first>("first"),
                    field<&S::second>("second"),
                    field<&S::mode>("mode"),
                    field<&S::tolerance>("tolerance"),
                    field<&S::max_models>("max_models"),
                    analysis::metric_field<&S::metric>(),
                    field<&S::indifference>("indifference")};
}

constexpr auto declared_fields(const SearchBracket* /*type*/) {
  using B = SearchBracket;
  using analysis::RatioPoint;
  return std::tuple{field<&B::low, &RatioPoint::model>("low_model"),
                    field<&B::low, &RatioPoint::parameters>("low_parameters"),
                    field<&B::low, &RatioPoint::winner_name>("low_winner"),
                    field<&B::high, &RatioPoint::model>("high_model"),
                    field<&B::high, &RatioPoint::parameters>("high_parameters"),
                    field<&B::high, &RatioPoint::winner_name>("high_winner")};
}

inline std::int64_t parameters_of(const SearchStep& step) {
  const model::DecoderSpec& shape = step.point.shape;
  return shape.name.empty() ? 0 : parameter_count(shape);  // of a step without a shape, which docs ask for
}
/// A figure of a size that was measured; else null.
template <auto Member>
auto if_measured(const SearchStep& step) {
  const auto& result = step.point.result;
  return result ? std::optional((*result).*Member) : std::nullopt;
}
inline Json interval_of(const SearchStep& step) {
  return analysis::IntervalCodec::write(step.point.result ? step.point.result->ci95 : std::nullopt);
}
constexpr auto declared_fields(const SearchStep* /*type*/) {
  using S = SearchStep;
  using analysis::RatioPoint;
  return std::tuple{field<&S::point, &SearchPoint::shape, &model::DecoderSpec::name>("model"),
                    computed_field<&parameters_of>("parameters"),
                    computed_field<&if_measured<&RatioPoint::ratio>>("ratio"),
                    computed_field<&interval_of>("ci95", analysis::kPair),
                    computed_field<&if_measured<&RatioPoint::winner_name>>("winner"),
                    field<&S::bracket>("bracket"),
                    field<&S::why>("why"),
                    field<&S::verdict>("verdict")};
}

inline std::optional<std::string> next_model(const CrossoverSearch& search) {
  return search.end.next ? std::optional(search.end.next->name) : std::nullopt;
}
constexpr auto declared_fields(const CrossoverSearch* /*type*/) {
  using C = CrossoverSearch;
  return std::tuple{EmbeddedFields<&C::settings>(),
                    field<&C::end, &SearchDecision::status>("status"),
                    field<&C::end, &SearchDecision::why>("conclusion"),
                    computed_field<&next_model>("next_model"),
                    field<&C::end, &SearchDecision::bracket>("bracket"),
                    field<&C::end, &SearchDecision::verdict>("verdict"),
                    field<&C::steps>("steps")};
}

}  // namespace inferscale::search
