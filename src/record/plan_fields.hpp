#pragma once

#include "protocol/fields.hpp"
#include "record/plan.hpp"

// Every setting of a plan, declared once: its name in JSON, range, option of `inferscale study`, and whether
// a study may go on when it differs. docs/reference/plans.md is checked against this.

namespace inferscale::record {

// How settings are read and written that are more than a number or a text. from_option() reads what the
// command line gives; `option` leads its errors.

struct ModelsCodec : PlainCodec {
  static Result<void> from_option(const std::string& text, std::string_view option,
                                  std::vector<std::string>& models);
};
struct BackendsCodec : PlainCodec {
  static Result<void> from_option(const std::string& text, std::string_view option,
                                  std::vector<std::string>& backends);
};
/// A scenario is a built-in name, "name:batch=B,prompt=P", or {"name", "batch", "prompt_tokens"}.
struct ScenariosCodec {
  static Json write(const std::vector<protocol::Scenario>& scenarios);
  static Result<void> read(FieldReader& reader, std::string_view name,
                           std::vector<protocol::Scenario>& scenarios);
  static Result<void> from_option(const std::string& text, std::string_view option,
                                  std::vector<protocol::Scenario>& scenarios);
};
struct ModesCodec {
  static Json write(const std::vector<protocol::Mode>& modes);
  static Result<void> read(FieldReader& reader, std::string_view name, std::vector<protocol::Mode>& modes);
  static Result<void> from_option(const std::string& text, std::string_view option,
                                  std::vector<protocol::Mode>& modes);
};
struct LogitsCodec {
  static Json write(protocol::LogitsScope logits) { return to_string(logits); }
  static Result<void> read(FieldReader& reader, std::string_view name, protocol::LogitsScope& logits);
  static Result<void> from_option(const std::string& text, std::string_view option,
                                  protocol::LogitsScope& logits);
};
struct BackendOptionsCodec {
  static Json write(const std::map<std::string, Json>& options);
  static Result<void> read(FieldReader& reader, std::string_view name, std::map<std::string, Json>& options);
};

/// A list of objects. Several of the option's texts are lines.
struct VariantsCodec : PlainCodec {
  static constexpr bool kRepeats = true;
  static Result<void> read(FieldReader& reader, std::string_view name, std::vector<Variant>& variants);
  static Result<void> from_option(const std::string& text, std::string_view option,
                                  std::vector<Variant>& variants);
};

constexpr auto declared_fields(const Variant* /*type*/) {
  return std::tuple{field<&Variant::name>("name", {.required = true}),
                    field<&Variant::backend>("backend", {.required = true}),
                    coded_field<JsonObjectCodec, &Variant::options>("options"),
                    field<&Variant::library>("library"), field<&Variant::worker>("worker")};
}

struct MetricNameCodec : PlainCodec {
  static Result<void> read(FieldReader& reader, std::string_view name, std::string& metric);
  static Result<void> from_option(const std::string& text, std::string_view option, std::string& metric);
};

/// A relative difference; options take per cent too.
struct ShareCodec : PlainCodec {
  static Result<void> from_option(const std::string& text, std::string_view option, double& share);
};

constexpr double kWeekSeconds = 7.0 * 24 * 3600;

constexpr auto plan_cell_fields() {
  return std::tuple{
      field<&Plan::name>("name", {.otherwise = "the file's name", .change = Change::any}),
      field<&Plan::label>(
          "label", {.otherwise = "the name",
                    .option = {"--label", "NAME",
                               "Folder under --out; default: the plan's name, or the models that are named"},
                    .change = Change::any}),
      coded_field<ModelsCodec, &Plan::models>(
          "models",
          {.required = true,
           .option = {"--models", "A,B", "Ladder names, shapes (gpt2:layers=..) or folders; comma between"},
           .change = Change::superset}),
      coded_field<BackendsCodec, &Plan::backends>(
          "backends", {.required = true,
                       .option = {"--backends", "A,B", "Backend names; comma between"},
                       .change = Change::superset}),
      coded_field<ScenariosCodec, &Plan::scenarios>(
          "scenarios",
          {.type = "list",
           .otherwise = "the six below",
           .option = {"--scenarios", "A,B", "Scenario names, or NAME:batch=B,prompt=P; comma between"},
           .change = Change::superset}),
      coded_field<ModesCodec, &Plan::modes>(
          "modes", {.type = "list of strings",
                    .otherwise = "`[\"prefill\", \"generate\"]`",
                    .option = {"--modes", "A,B", "prefill, generate, decode; comma between"},
                    .change = Change::superset}),
  };
}

constexpr auto plan_measure_fields() {
  return std::tuple{
      field<&Plan::repetitions>("repetitions",
                                {.range = NumberRange{1, 10'000},
                                 .option = {"--repetitions", "N", "Of each cell, each in another process"},
                                 .change = Change::at_least}),
      field<&Plan::new_tokens>("new_tokens", {.range = NumberRange{1, 1 << 20}}),
      field<&Plan::warmup_iterations>("warmup_iterations", {.range = NumberRange{0, 1'000'000}}),
      field<&Plan::stop>("stop", {.otherwise = "below"}),
      coded_field<LogitsCodec, &Plan::logits>(
          "logits",
          {.type = "`\"all\"`, `\"last\"`",
           .option = {"--logits", "all|last", "What comes back to the host: all positions or the last"}}),
      field<&Plan::device>("device",
                           {.type = "`\"cpu\"`, `\"cuda\"`, `\"\"`",
                            .option = {"--device", "cpu|cuda", "Backends of this device only: cpu or cuda"}}),
      field<&Plan::threads>("threads",
                            {.range = NumberRange{0, 4096},
                             .option = {"--threads", "N", "Of every worker; 0: one a physical core"}}),
  };
}

constexpr auto plan_run_fields() {
  return std::tuple{
      field<&Plan::parallel_loads>(
          "parallel_loads",
          {.range = NumberRange{1, 64},
           .option = {"--parallel-loads", "N", "Workers that load side by side; they measure one by one"},
           .change = Change::any}),
      field<&Plan::share_workers>(
          "share_workers",
          {.option = {"--share-workers", "",
                      "One process measures every cell of a model and a backend once, not one repetition"}}),
      field<&Plan::timeout_s>("timeout_s",
                              {.unit = "s",
                               .range = NumberRange{0.1, kWeekSeconds},
                               .option = {"--timeout", "SECONDS", "Hard deadline of one repetition, seconds"},
                               .change = Change::any}),
      field<&Plan::memory_limit_mb>(
          "memory_limit_mb",
          {.unit = "MiB",
           .range = NumberRange{0, 1e9},
           .option = {"--memory-limit", "MIB", "Of a worker and what it starts, MiB; 0: none"},
           .change = Change::any}),
      field<&Plan::seed>("seed",
                         {.option = {"--seed", "N", "Of weights, prompts and the order of repetitions"}}),
      field<&Plan::corpus>(
          "corpus", {.option = {"--corpus", "FILE", "Text file for perplexity"}, .change = Change::any}),
      field<&Plan::tokenizer>("tokenizer",
                              {.option = {"--tokenizer", "FOLDER", "Folder with vocab.json and merges.txt"},
                               .change = Change::any}),
      coded_field<MetricNameCodec, &Plan::metric>(
          "metric", {.option = {"--metric", "NAME", "What backends are ranked by; default: each mode's own"},
                     .change = Change::any}),
      coded_field<ShareCodec, &Plan::indifference>(
          "indifference",
          {.range = NumberRange{0, 1},
           .option = {"--indifference", "PERCENT", "Differences up to this are none that anyone acts on: 5%"},
           .change = Change::any}),
      coded_field<BackendOptionsCodec, &Plan::backend_options>("backend_options"),
      coded_field<VariantsCodec, &Plan::variants>(
          "variants",
          {.option =
               {"--variant", "NAME=BACKEND,..",
                "Measure the backend as NAME, with KEY=VALUE options, library=FOLDER or worker=FILE of its "
                "own; again for each"},
           .change = Change::superset}),
  };
}

constexpr auto declared_fields(const Plan* /*type*/) {
  return std::tuple_cat(plan_cell_fields(), plan_measure_fields(), plan_run_fields());
}

}  // namespace inferscale::record
