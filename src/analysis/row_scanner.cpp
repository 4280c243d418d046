#include "analysis/row_scanner.hpp"

#include <array>
#include <limits>

#include "analysis/json_cursor.hpp"
#include "machine/gpu.hpp"

namespace inferscale::analysis {
namespace {

enum class Kind {
  text,
  integer,
  number,
  measured_integer,
  measured_number,
  measured_nullable,
  measured_text,
  clocks,
  latency,
  any_json
};

/// Values on their way from the line to the view.
struct Scanned {
  RowView row;
  std::string_view mode, outcome, unused_text;
  std::int64_t schema_version = 0, new_tokens = 0, threads = 0, warmup_iterations = 0, iterations = 0;
};

/// One field of docs/results.md. `measured_...` are what only an ok row has: null in the others.
struct Field {
  std::string_view name;
  Kind kind;
  bool required = false;  ///< in an ok row, if it is measured
  std::string_view& (*text)(Scanned&) = nullptr;
  std::int64_t& (*integer)(Scanned&) = nullptr;
  double& (*number)(Scanned&) = nullptr;
};

constexpr Field text(std::string_view name, bool required, std::string_view& (*get)(Scanned&)) {
  return {name, Kind::text, required, get, nullptr, nullptr};
}
constexpr Field integer(std::string_view name, Kind kind, bool required, std::int64_t& (*get)(Scanned&)) {
  return {name, kind, required, nullptr, get, nullptr};
}
constexpr Field number(std::string_view name, Kind kind, bool required, double& (*get)(Scanned&)) {
  return {name, kind, required, nullptr, nullptr, get};
}
constexpr auto unused = [](Scanned& s) -> std::string_view& { return s.unused_text; };

/// In the order in which to_json(Row) writes them, so that the next field is nearly always the expected one.
constexpr std::array<Field, 30> kFields{{
    integer("schema_version", Kind::integer, true, [](Scanned& s) -> auto& { return s.schema_version; }),
    text("study", false, [](Scanned& s) -> auto& { return s.row.study; }),
    text("model", true, [](Scanned& s) -> auto& { return s.row.model; }),
    integer("parameters", Kind::integer, true, [](Scanned& s) -> auto& { return s.row.parameters; }),
    text("backend", true, [](Scanned& s) -> auto& { return s.row.backend; }),
    text("runtime_version", false, [](Scanned& s) -> auto& { return s.row.runtime_version; }),
    text("device", false, [](Scanned& s) -> auto& { return s.row.device; }),
    text("precision", false, [](Scanned& s) -> auto& { return s.row.precision; }),
    text("scenario", true, [](Scanned& s) -> auto& { return s.row.scenario; }),
    integer("batch", Kind::integer, true, [](Scanned& s) -> auto& { return s.row.batch; }),
    integer("prompt_tokens", Kind::integer, true, [](Scanned& s) -> auto& { return s.row.prompt_tokens; }),
    integer("new_tokens", Kind::integer, false, [](Scanned& s) -> auto& { return s.new_tokens; }),
    text("mode", true, [](Scanned& s) -> auto& { return s.mode; }),
    integer("repetition", Kind::integer, true, [](Scanned& s) -> auto& { return s.row.repetition; }),
    text("outcome", true, [](Scanned& s) -> auto& { return s.outcome; }),
    text("error", false, [](Scanned& s) -> auto& { return s.row.error; }),
    text("started_at", false, unused),
    integer("threads", Kind::integer, false, [](Scanned& s) -> auto& { return s.threads; }),
    number("load_s", Kind::number, false, [](Scanned& s) -> auto& { return s.row.load_s; }),
    integer("warmup_iterations", Kind::measured_integer, true,
            [](Scanned& s) -> auto& { return s.warmup_iterations; }),
    integer("iterations", Kind::measured_integer, true, [](Scanned& s) -> auto& { return s.iterations; }),
    number("latency_ms", Kind::latency, true, [](Scanned& s) -> auto& { return s.row.latency_ms; }),
    number("throughput_tok_s", Kind::measured_number, true,
           [](Scanned& s) -> auto& { return s.row.throughput_tok_s; }),
    number("new_tok_s", Kind::measured_nullable, false, [](Scanned& s) -> auto& { return s.row.new_tok_s; }),
    number("time_to_first_token_ms", Kind::measured_nullable, false,
           [](Scanned& s) -> auto& { return s.row.time_to_first_token_ms; }),
    number("memory_peak_mb", Kind::measured_nullable, false,
           [](Scanned& s) -> auto& { return s.row.memory_peak_mb; }),
    number("gpu_memory_peak_mb", Kind::measured_nullable, false,
           [](Scanned& s) -> auto& { return s.row.gpu_memory_peak_mb; }),
    number("clocks", Kind::clocks, false, nullptr),
    number("details", Kind::any_json, false, nullptr),
    {"tokens_sha256", Kind::measured_text, false, unused, nullptr, nullptr},
}};

constexpr std::uint32_t bit(std::size_t field) {
  return std::uint32_t{1} << field;
}

template <class Predicate>
constexpr std::uint32_t fields_with(Predicate predicate) {
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    mask |= predicate(kFields[i]) ? bit(i) : 0;
  }
  return mask;
}
constexpr bool is_measured(const Field& field) {
  return field.kind >= Kind::measured_integer;
}
constexpr std::uint32_t kMeasured = fields_with(is_measured);
constexpr std::uint32_t kAlwaysRequired =
    fields_with([](const Field& f) { return f.required && !is_measured(f); });
constexpr std::uint32_t kRequiredWhenOk = fields_with([](const Field& f) { return f.required; });
constexpr std::uint32_t kNullableWhenOk = fields_with([](const Field& f) {
  return f.kind == Kind::measured_nullable || f.kind == Kind::clocks || f.kind == Kind::any_json;
});

bool read_latency(JsonCursor& cursor, double& mean) {
  constexpr std::array<std::string_view, 7> kNames{"mean", "median", "p90", "p99", "min", "max", "sd"};
  if (!cursor.take('{')) {
    return false;
  }
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    std::string_view key;
    double value = 0;
    if ((i != 0 && !cursor.take(',')) || !cursor.read(key) || key != kNames[i] || !cursor.take(':') ||
        !cursor.read(value) || value < 0) {
      return false;
    }
    mean = i == 0 ? value : mean;
  }
  return cursor.take('}');
}

/// Takes what says once that the GPU was not throttled, or says nothing of it.
bool read_unthrottled(JsonCursor& cursor) {
  constexpr std::string_view kName = "\"throttled\"";
  std::string_view text;
  if (!cursor.read_raw(text)) {
    return false;
  }
  const auto at = text.find(kName);
  return at == std::string_view::npos || (text.substr(at + kName.size()).starts_with(":false") &&
                                          text.find(kName, at + 1) == std::string_view::npos);
}

bool read_value(JsonCursor& cursor, const Field& field, Scanned& scanned) {
  switch (field.kind) {
    case Kind::text:
    case Kind::measured_text:
      return cursor.read(field.text(scanned));
    case Kind::integer:
    case Kind::measured_integer:
      return cursor.read(field.integer(scanned));
    case Kind::latency:
      return read_latency(cursor, field.number(scanned));
    case Kind::clocks:
      return read_unthrottled(cursor);
    case Kind::any_json:
      return cursor.skip();
    default:
      return cursor.read(field.number(scanned));
  }
}

/// The field's index, looked for from where it is expected.
std::size_t find_field(std::string_view name, std::size_t expected) {
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const std::size_t index = (expected + i) % kFields.size();
    if (kFields[index].name == name) {
      return index;
    }
  }
  return kFields.size();
}

bool in_range(const Scanned& s) {
  constexpr std::int64_t kMax = std::numeric_limits<int>::max();
  const auto fits = [](std::int64_t value, std::int64_t low) { return value >= low && value <= kMax; };
  return fits(s.row.batch, 1) && fits(s.row.prompt_tokens, 1) && fits(s.new_tokens, 0) &&
         fits(s.row.repetition, 0) && fits(s.threads, -kMax) && fits(s.warmup_iterations, -kMax);
}

/// What parse_row() demands of the values together.
bool consistent(Scanned& s, std::uint32_t present, std::uint32_t null) {
  const auto mode = protocol::parse_mode(s.mode);
  const auto outcome = parse_outcome(s.outcome);
  if (!mode || !outcome || s.schema_version != record::kRowSchemaVersion || !in_range(s)) {
    return false;
  }
  s.row.mode = *mode;
  s.row.outcome = *outcome;
  if (*outcome != Outcome::ok) {
    return (present & kAlwaysRequired) == kAlwaysRequired && (present & kMeasured & ~null) == 0;
  }
  return (present & kRequiredWhenOk) == kRequiredWhenOk && (null & ~kNullableWhenOk) == 0 &&
         s.iterations >= 1 && s.iterations <= std::numeric_limits<int>::max() && s.row.throughput_tok_s > 0 &&
         s.row.latency_ms > 0;
}

}  // namespace

RowView view_of(const record::Row& row) {
  RowView view;
  view.study = row.study;
  view.model = row.model;
  view.backend = row.backend;
  view.runtime_version = row.runtime_version;
  view.device = row.device;
  view.precision = row.precision;
  view.scenario = row.scenario.name;
  view.error = row.error;
  view.parameters = row.parameters;
  view.batch = row.scenario.batch;
  view.prompt_tokens = row.scenario.prompt_tokens;
  view.repetition = row.repetition;
  view.mode = row.mode;
  view.outcome = row.outcome;
  view.load_s = row.load_s;
  if (row.outcome == Outcome::ok) {
    view.latency_ms = row.latency_ms.mean;
    view.throughput_tok_s = row.throughput_tok_s;
    view.new_tok_s = row.new_tok_s;
    view.time_to_first_token_ms = row.time_to_first_token_ms;
    view.memory_peak_mb = row.memory_peak_mb;
    view.gpu_memory_peak_mb = row.gpu_memory_peak_mb;
    view.throttled_because = machine::throttled_because(row.clocks);
  }
  return view;
}

bool scan_row(std::string_view line, RowView& row) {
  JsonCursor cursor(line);
  Scanned scanned;
  std::uint32_t present = 0;
  std::uint32_t null = 0;
  std::size_t expected = 0;
  if (!cursor.take('{')) {
    return false;
  }
  do {
    std::string_view name;
    if (!cursor.read(name) || !cursor.take(':')) {
      return false;
    }
    const std::size_t index = find_field(name, expected);
    if (index == kFields.size() || (present & bit(index)) != 0) {
      return false;
    }
    present |= bit(index);
    if (is_measured(kFields[index]) && cursor.take_null()) {
      null |= bit(index);
    } else if (!read_value(cursor, kFields[index], scanned)) {
      return false;
    }
    expected = index + 1;
  } while (cursor.take(','));
  if (!cursor.take('}') || !cursor.at_end() || !consistent(scanned, present, null)) {
    return false;
  }
  row = scanned.row;
  return true;
}

}  // namespace inferscale::analysis
