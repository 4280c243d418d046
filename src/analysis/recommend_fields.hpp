#pragma once

#include "analysis/analysis_fields.hpp"
#include "analysis/recommend.hpp"

// The JSON of `recommend`, declared once.

namespace inferscale::analysis {

constexpr auto declared_fields(const Candidate* /*type*/) {
  using C = Candidate;
  return std::tuple{field<&C::machine>("machine"),
                    field<&C::backend>("backend"),
                    field<&C::basis>("basis"),
                    field<&C::models>("models"),
                    field<&C::throughput_tok_s>("throughput_tok_s", {.unit = "tokens/s"}),
                    field<&C::worst_latency_ms>("worst_latency_ms", {.unit = "ms"}),
                    field<&C::worst_scenario>("worst_scenario"),
                    field<&C::price_per_million_tokens>("price_per_million_tokens"),
                    field<&C::perplexity_change>("perplexity_change"),
                    field<&C::value>("value"),
                    field<&C::verdict>("verdict", kName),
                    field<&C::behind_use, &RatioTest::ratio>("use_over_this"),
                    interval_field<&C::behind_use, &RatioTest::ci95>("use_over_this_ci95")};
}

/// Of the candidates, the one at that place.
template <std::size_t Place>
std::optional<std::string> candidate_name(const Recommendation& answer) {
  return answer.candidates.size() > Place
             ? std::optional(label(answer.candidates[Place], answer.several_machines))
             : std::nullopt;
}
inline std::optional<std::string> used_name(const Recommendation& answer) {
  return answer.candidates.empty()
             ? std::nullopt
             : std::optional(label(answer.candidates[answer.use], answer.several_machines));
}
/// Names of the candidates with that verdict against the one to use.
template <Verdict Of>
std::vector<std::string> names_with(const Recommendation& answer) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    if (i != answer.use && answer.candidates[i].verdict == Of) {
      names.push_back(label(answer.candidates[i], answer.several_machines));
    }
  }
  return names;
}
inline std::optional<Basis> basis_of(const Recommendation& answer) {
  return answer.candidates.empty() ? std::nullopt : std::optional(answer.candidates.front().basis);
}
/// Names of the candidates that tie with the first.
inline std::vector<std::string> tied_names(const Recommendation& answer) {
  std::vector<std::string> names;
  for (const Candidate& candidate : answer.candidates) {
    if (candidate.tied) {
      names.push_back(label(candidate, answer.several_machines));
    }
  }
  return names;
}

constexpr auto declared_fields(const UnansweredModel* /*type*/) {
  using U = UnansweredModel;
  return std::tuple{field<&U::model>("model"), field<&U::parameters>("parameters"),
                    field<&U::reason>("reason")};
}

constexpr auto declared_fields(const Recommendation* /*type*/) {
  using R = Recommendation;
  return std::tuple{mode_field<&R::mode>(),
                    field<&R::parameters>("parameters"),
                    name_field<&R::model>("model"),
                    field<&R::scenarios>("scenarios"),
                    computed_field<&used_name>("use"),
                    computed_field<&names_with<Verdict::alike>>("alike_with"),
                    computed_field<&names_with<Verdict::undecided>>("undecided_with"),
                    computed_field<&candidate_name<0>>("winner"),
                    computed_field<&basis_of>("basis"),
                    computed_field<&tied_names>("tied_with"),
                    computed_field<&candidate_name<1>>("runner_up"),
                    field<&R::margin>("margin"),
                    field<&R::candidates>("candidates"),
                    field<&R::left_out>("left_out"),
                    field<&R::measured_parameters>("measured_parameters"),
                    field<&R::unanswered>("unanswered"),
                    metric_field<&R::metric>()};
}

}  // namespace inferscale::analysis
