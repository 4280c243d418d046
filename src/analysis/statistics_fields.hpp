#pragma once

#include "analysis/comparison.hpp"
#include "analysis/interval.hpp"
#include "core/fields.hpp"
#include "protocol/modes/mode.hpp"
#include "record/metrics.hpp"

// The JSON of what analysis computes, declared once (docs/reference/results.md is checked against it): the
// parts that its results share.

namespace inferscale::analysis {

constexpr int kAnalysisSchemaVersion = 1;

/// [low, high], or null.
struct IntervalCodec {
  static Json write(const Interval& interval) {
    return Json::array({PlainCodec::write(interval.low), PlainCodec::write(interval.high)});
  }
  static Json write(const std::optional<Interval>& interval) {
    return interval ? write(*interval) : Json(nullptr);
  }
};
/// An empty name is null.
struct NameCodec {
  static Json write(const std::string& name) { return name.empty() ? Json(nullptr) : Json(name); }
};
struct ModeNameCodec {
  static Json write(protocol::Mode mode) { return to_string(mode); }
};
struct MetricCodec {
  static Json write(const record::Metric* metric) { return metric->name; }
};
inline constexpr FieldFacts kPair{.type = "list of two numbers"};
inline constexpr FieldFacts kName{.type = "string"};

template <auto... Members>
constexpr auto interval_field(std::string_view name) {
  return coded_field<IntervalCodec, Members...>(name, kPair);
}
template <auto... Members>
constexpr auto name_field(std::string_view name) {
  return coded_field<NameCodec, Members...>(name, kName);
}
template <auto... Members>
constexpr auto mode_field() {
  return coded_field<ModeNameCodec, Members...>("mode", kName);
}
/// What ranks: `ratio`, `value`, winners and ties are of it.
template <auto... Members>
constexpr auto metric_field() {
  return coded_field<MetricCodec, Members...>("metric", kName);
}

/// A spread needs 2 values.
inline std::optional<double> spread_of(const Estimate& estimate) {
  return estimate.n >= 2 ? std::optional(estimate.sd) : std::nullopt;
}
constexpr auto declared_fields(const Estimate* /*type*/) {
  return std::tuple{field<&Estimate::n>("n"), field<&Estimate::mean>("mean"),
                    computed_field<&spread_of>("sd"), interval_field<&Estimate::ci95>("ci95")};
}

constexpr auto declared_fields(const RatioTest* /*type*/) {
  return std::tuple{field<&RatioTest::n_first>("n_first"),
                    field<&RatioTest::n_second>("n_second"),
                    field<&RatioTest::ratio>("ratio"),
                    interval_field<&RatioTest::ci95>("ratio_ci95"),
                    field<&RatioTest::t>("t"),
                    field<&RatioTest::df>("df"),
                    field<&RatioTest::p>("p"),
                    field<&RatioTest::p_holm>("p_holm"),
                    field<&RatioTest::cohens_d>("cohens_d"),
                    field<&RatioTest::hedges_g>("hedges_g")};
}

constexpr auto declared_fields(const PairedTest* /*type*/) {
  return std::tuple{field<&PairedTest::n>("n"),
                    field<&PairedTest::ratio>("ratio"),
                    interval_field<&PairedTest::ci95>("ratio_ci95"),
                    field<&PairedTest::t>("t"),
                    field<&PairedTest::df>("df"),
                    field<&PairedTest::p>("p"),
                    field<&PairedTest::p_holm>("p_holm")};
}

/// "throughput_tok_s" and the like of results that had it before metrics had names: null where another metric
/// ranks.
inline std::optional<double> if_throughput(const record::Metric* metric, double value) {
  return metric == &record::kThroughput ? std::optional(value) : std::nullopt;
}

/// The file or answer that begins with a schema version.
inline Json versioned_json() {
  Json json = Json::object();
  json["schema_version"] = kAnalysisSchemaVersion;
  return json;
}

}  // namespace inferscale::analysis
