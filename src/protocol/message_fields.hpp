#pragma once

#include <optional>

#include "protocol/fields.hpp"
#include "protocol/messages.hpp"

// The fields of messages, declared once, in the order in which they are sent (docs/reference/protocol.md).

namespace inferscale::protocol {

struct ScopeCodec {
  static Json write(LogitsScope scope) { return to_string(scope); }
  static Result<void> read(FieldReader& reader, std::string_view name, LogitsScope& scope);
};
/// [[batch, length], ...]
struct ShapesCodec {
  static Json write(const std::vector<Shape>& shapes);
  static Result<void> read(FieldReader& reader, std::string_view name, std::vector<Shape>& shapes);
};
/// [[batch, prompt, capacity], ...]
struct CachesCodec {
  static Json write(const std::vector<CacheShape>& caches);
  static Result<void> read(FieldReader& reader, std::string_view name, std::vector<CacheShape>& caches);
};
struct ProfilesCodec {
  static Json write(const std::vector<ShapeProfile>& profiles);
  static Result<void> read(FieldReader& reader, std::string_view name, std::vector<ShapeProfile>& profiles);
};
using Sequences = std::vector<std::vector<std::int32_t>>;
/// Lists of token ids, none of them empty.
struct SequencesCodec {
  static Json write(const Sequences& sequences) { return sequences; }
  static Result<void> read(FieldReader& reader, std::string_view name, Sequences& sequences);
};
/// Lists of token ids, empty ones too.
struct NewTokensCodec {
  static Json write(const Sequences& tokens) { return tokens; }
  static Result<void> read(FieldReader& reader, std::string_view name, Sequences& tokens);
};
/// Other fields are not errors: a later minor version may add them.
struct MeasuredLatencyCodec {
  static Json write(const LatencySummary& latency) { return fields_json(latency); }
  static Result<void> read(FieldReader& reader, std::string_view name, LatencySummary& latency);
};
/// The same where a mode has none.
struct MeasuredStepsCodec {
  static Json write(const std::optional<LatencySummary>& steps) {
    return steps ? fields_json(*steps) : Json(nullptr);
  }
  static Result<void> read(FieldReader& reader, std::string_view name, std::optional<LatencySummary>& steps);
};
/// Lists of finite numbers; anything else in them is Outcome::invalid_output, for a worker in Python may have
/// sent NaN as null.
struct FiniteNumbersCodec {
  static Json write(const std::vector<double>& numbers) { return numbers; }
  static Result<void> read(FieldReader& reader, std::string_view name, std::vector<double>& numbers);
};
/// Read by the message's own function, which knows what was asked for.
struct CheckedLaterCodec {
  template <class T>
  static Json write(const T& value) {
    return value;
  }
  template <class T>
  static Result<void> read(FieldReader& reader, std::string_view name, T& /*value*/) {
    reader.find(name);
    return {};
  }
};

constexpr auto declared_fields(const LoadRequest* /*type*/) {
  return std::tuple{
      field<&LoadRequest::backend>("backend", {.required = true}),
      field<&LoadRequest::artifact>("artifact"),
      field<&LoadRequest::weights>("weights"),
      coded_field<ScopeCodec, &LoadRequest::logits>("logits"),
      field<&LoadRequest::threads>("threads", {.required = true}),
      field<&LoadRequest::cpus>("cpus"),
      field<&LoadRequest::vocabulary>("vocabulary", {.required = true}),
      field<&LoadRequest::max_positions>("max_positions", {.required = true}),
      coded_field<JsonObjectCodec, &LoadRequest::model>("model"),
      coded_field<ShapesCodec, &LoadRequest::shapes>("shapes", {.type = "list"}),
      coded_field<CachesCodec, &LoadRequest::caches>("caches", {.type = "list"}),
      field<&LoadRequest::seed>("seed"),
      coded_field<JsonObjectCodec, &LoadRequest::options>("options"),
  };
}

constexpr auto declared_fields(const LoadedReply* /*type*/) {
  return std::tuple{
      field<&LoadedReply::load_s>("load_s", {.unit = "s", .required = true}),
      field<&LoadedReply::prepare_s>("prepare_s", {.unit = "s"}),
      field<&LoadedReply::memory_mb>("memory_mb", {.unit = "MiB"}),
      field<&LoadedReply::threads>("threads"),
      field<&LoadedReply::cpus>("cpus"),
      coded_field<CheckedLaterCodec, &LoadedReply::details>("details"),
  };
}

constexpr auto declared_fields(const BuildRequest* /*type*/) {
  return std::tuple{
      field<&BuildRequest::backend>("backend", {.required = true}),
      field<&BuildRequest::graph>("graph", {.required = true}),
      field<&BuildRequest::engine>("engine", {.required = true}),
      field<&BuildRequest::timing_cache>("timing_cache"),
      field<&BuildRequest::calibration_samples>("calibration_samples"),
      field<&BuildRequest::calibration_cache>("calibration_cache"),
      coded_field<ProfilesCodec, &BuildRequest::profiles>("profiles", {.required = true, .type = "list"}),
      coded_field<CachesCodec, &BuildRequest::caches>("caches", {.type = "list"}),
      field<&BuildRequest::vocabulary>("vocabulary", {.required = true}),
      coded_field<JsonObjectCodec, &BuildRequest::options>("options"),
  };
}

constexpr auto declared_fields(const BuiltReply* /*type*/) {
  return std::tuple{field<&BuiltReply::build_s>("build_s", {.unit = "s", .required = true}),
                    coded_field<CheckedLaterCodec, &BuiltReply::details>("details")};
}

constexpr auto declared_fields(const MeasureRequest* /*type*/) {
  return std::tuple{
      coded_field<ModeCodec, &MeasureRequest::mode>("mode", {.required = true}),
      field<&MeasureRequest::scenario>("scenario", {.required = true}),
      field<&MeasureRequest::new_tokens>("new_tokens"),
      field<&MeasureRequest::warmup_iterations>("warmup_iterations"),
      field<&MeasureRequest::stop>("stop"),
      field<&MeasureRequest::token_seed>("token_seed"),
  };
}

constexpr auto declared_fields(const Measurement* /*type*/) {
  return std::tuple{
      field<&Measurement::warmup_iterations>("warmup_iterations", {.required = true}),
      field<&Measurement::iterations>("iterations", {.required = true}),
      coded_field<MeasuredLatencyCodec, &Measurement::latency_ms>("latency_ms", {.unit = "ms"}),
      field<&Measurement::time_to_first_token_ms>("time_to_first_token_ms", {.unit = "ms"}),
      coded_field<MeasuredStepsCodec, &Measurement::time_per_output_token_ms>(
          "time_per_output_token_ms", {.unit = "ms", .type = "object"}),
      field<&Measurement::kv_bytes_per_token>("kv_bytes_per_token", {.unit = "bytes"}),
      field<&Measurement::output_shape>("output_shape", {.required = true}),
      coded_field<NewTokensCodec, &Measurement::new_tokens>("new_tokens", {.type = "list"}),
      field<&Measurement::memory_peak_mb>("memory_peak_mb", {.unit = "MiB"}),
      field<&Measurement::gpu_memory_peak_mb>("gpu_memory_peak_mb", {.unit = "MiB"}),
      coded_field<AnyJsonCodec, &Measurement::clocks>("clocks", {.type = "object"}),
      coded_field<JsonObjectCodec, &Measurement::details>("details"),
  };
}

constexpr auto declared_fields(const LogitsRequest* /*type*/) {
  return std::tuple{coded_field<SequencesCodec, &LogitsRequest::tokens>("tokens", {.type = "list"}),
                    field<&LogitsRequest::file>("file")};
}

constexpr auto declared_fields(const LogitsReply* /*type*/) {
  return std::tuple{field<&LogitsReply::shape>("shape", {.required = true})};
}

constexpr auto declared_fields(const StartRequest* /*type*/) {
  return std::tuple{coded_field<SequencesCodec, &StartRequest::tokens>("tokens", {.type = "list"}),
                    field<&StartRequest::capacity>("capacity", {.required = true}),
                    differing(field<&StartRequest::scores>("scores"))};
}

constexpr auto declared_fields(const StepRequest* /*type*/) {
  return std::tuple{field<&StepRequest::tokens>("tokens", {.required = true}),
                    differing(field<&StepRequest::scores>("scores"))};
}

constexpr auto declared_fields(const ChosenReply* /*type*/) {
  return std::tuple{
      field<&ChosenReply::tokens>("tokens", {.required = true}),
      differing(coded_field<FiniteNumbersCodec, &ChosenReply::scores, &StepScores::log_probabilities>(
          "log_probabilities", {.unit = "nats"})),
      differing(coded_field<FiniteNumbersCodec, &ChosenReply::scores, &StepScores::gaps>("gaps"))};
}

constexpr auto declared_fields(const ScoreRequest* /*type*/) {
  return std::tuple{coded_field<SequencesCodec, &ScoreRequest::tokens>("tokens", {.type = "list"}),
                    field<&ScoreRequest::length>("length")};
}

constexpr auto declared_fields(const Scores* /*type*/) {
  return std::tuple{
      coded_field<CheckedLaterCodec, &Scores::log_probabilities>("log_probabilities", {.type = "list"}),
      field<&Scores::forward_s>("forward_s", {.unit = "s"})};
}

/// {"type": type} and the fields of the message.
template <Declared T>
Json message_json(const char* type, const T& message) {
  Json json = Json::object();
  json["type"] = type;
  write_fields(kFieldsOf<T>, message, json);
  return json;
}

/// A request is read strictly: the error names an unknown field.
template <Declared T>
Result<T> read_request(const Json& message, std::string place) {
  FieldReader fields(message, std::move(place));
  fields.find("type");
  T request;
  TRY(read_fields(fields, request));
  TRY(fields.finish());
  return request;
}

/// A reply is read leniently.
template <Declared T>
Result<T> read_reply(const Json& message, std::string place) {
  FieldReader fields(message, std::move(place));
  T reply;
  TRY(read_fields(fields, reply));
  return reply;
}

}  // namespace inferscale::protocol
