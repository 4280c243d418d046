#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "analysis/analysis.hpp"
#include "analysis/analysis_fields.hpp"
#include "analysis/csv.hpp"
#include "analysis/derived.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "record/results_files.hpp"

namespace inferscale::analysis {
namespace {

namespace fs = std::filesystem;

/// A model's name may be a path or hold ':'; its folder has the plain characters, and a few digits of the
/// name's SHA-256 when any had to be replaced, so that two models never share a folder.
std::string folder_of(const std::string& model) {
  std::string folder = model;
  for (char& c : folder) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
                       c == '=' || c == ',' || c == ':';
    c = plain ? c : '_';
  }
  if (!folder.empty() && folder.front() == '.') {
    folder.front() = '_';
  }
  constexpr std::size_t kMaxLength = 120;
  folder.resize(std::min(folder.size(), kMaxLength));
  return folder == model ? folder : folder + "-" + sha256_hex(model).substr(0, 8);
}

/// mean,sd,low,high of an estimate; empty fields where there is no figure.
std::string csv_estimate(const Estimate& value) {
  if (value.n == 0) {
    return ",,,";
  }
  if (!value.ci95) {
    return fmt::format("{},,,", value.mean);
  }
  return fmt::format("{},{},{},{}", value.mean, value.sd, value.ci95->low, value.ci95->high);
}

std::string outlier_text(const std::vector<int>& outliers) {
  std::string text;
  for (const int repetition : outliers) {
    text += (text.empty() ? "" : " ") + std::to_string(repetition);
  }
  return text;
}

constexpr std::array kPercentiles{&record::metric_called("latency_p50_ms"),
                                  &record::metric_called("latency_p90_ms"),
                                  &record::metric_called("latency_p99_ms")};

std::string latency_summary(const std::vector<const CellStatistics*>& cells) {
  std::string csv =
      "backend,scenario,batch,prompt_tokens,runs,ok,unsupported,degraded,"
      "latency_ms_mean,latency_ms_sd,latency_ms_ci95_low,latency_ms_ci95_high,"
      "throughput_tok_s_mean,throughput_tok_s_sd,throughput_tok_s_ci95_low,throughput_tok_s_ci95_high,"
      "new_tok_s_mean,time_to_first_token_ms_mean,load_s_mean,memory_peak_mb,gpu_memory_peak_mb,"
      "outlier_repetitions,throttled,throttle_reasons,first_error,latency_p50_ms_mean,latency_p90_ms_mean,"
      "latency_p99_ms_mean\n";
  const auto mean_of = [](const std::optional<Estimate>& value) {
    return value ? fmt::format("{}", value->mean) : std::string();
  };
  for (const CellStatistics* cell : cells) {
    const OutcomeCounts& counts = cell->outcomes;
    csv += fmt::format("{},{},{},{},{},{},{},{},", csv_text(cell->backend), csv_text(cell->scenario.name),
                       cell->scenario.batch, cell->scenario.prompt_tokens, counts.runs, counts.ok,
                       counts.unsupported, counts.degraded);
    csv += csv_estimate(cell->latency_ms) + "," + csv_estimate(cell->throughput_tok_s) + ",";
    csv += mean_of(cell->new_tok_s) + "," + mean_of(cell->time_to_first_token_ms) + ",";
    csv += counts.ok > 0
               ? fmt::format("{},{},{}", cell->load_s, cell->memory_peak_mb, cell->gpu_memory_peak_mb)
               : std::string(",,");
    csv += fmt::format(",{},{},{},{}", outlier_text(cell->outliers), cell->throttled,
                       csv_text(fmt::format("{}", fmt::join(cell->throttle_reasons, " "))),
                       csv_text(cell->first_error));
    for (const record::Metric* metric : kPercentiles) {
      const Estimate& value = cell->of(*metric);
      csv += "," + (value.n > 0 ? fmt::format("{}", value.mean) : std::string());
    }
    csv += "\n";
  }
  return csv;
}

std::string csv_number(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

/// perplexity_results.csv: a row a backend, parity and gate beside perplexity.
std::string perplexity_results(const std::vector<const record::QualityResult*>& results) {
  std::string csv =
      "backend,precision,reference,gate,reason,perplexity,perplexity_change,mean_log_probability,"
      "sd_log_probability,min_log_probability,max_log_probability,tokens,seconds,forward_s,"
      "largest_logit_difference,largest_relative_difference,relative_error,mean_kl,top1_agreement,weights\n";
  for (const record::QualityResult* one : results) {
    const record::QualityFigures& figures = one->figures;
    csv += fmt::format("{},{},{},{},{},", csv_text(one->backend), csv_text(one->precision),
                       csv_text(one->reference), to_string(one->verdict.gate), csv_text(one->verdict.reason));
    if (figures.perplexity) {
      const auto& table = figures.perplexity->figures;
      csv += fmt::format("{},{},{},{},{},{},{},{},{},", table.perplexity,
                         csv_number(perplexity_change(figures)), table.mean, table.sd, table.min, table.max,
                         table.tokens, figures.perplexity->seconds, figures.perplexity->forward_s);
    } else {
      csv += ",,,,,,,,,";
    }
    csv += figures.parity
               ? fmt::format("{},{},{},{},{}", figures.parity->largest_difference,
                             figures.parity->largest_relative_difference, figures.parity->relative_error,
                             figures.parity->mean_kl, figures.parity->top1_agreement)
               : ",,,,";
    csv += fmt::format(",{}\n", csv_text(one->weights));
  }
  return csv;
}

/// The items of one model and mode.
template <class Item>
std::vector<const Item*> select(const std::vector<Item>& items, const std::string& model,
                                protocol::Mode mode) {
  std::vector<const Item*> selected;
  for (const Item& item : items) {
    if (item.mode == mode && item.model == model) {
      selected.push_back(&item);
    }
  }
  return selected;
}

template <class Item>
Json selected_json(const std::vector<const Item*>& items) {
  Json list = Json::array();
  for (const Item* item : items) {
    list.push_back(fields_json(*item));
  }
  return list;
}

Json header(const Analysis& analysis) {
  Json json = versioned_json();
  json["study"] = analysis.study;
  return json;
}

Result<void> write_model(const Analysis& analysis, const ModelSize& model, protocol::Mode mode,
                         const fs::path& results_dir) {
  const auto cells = select(analysis.cells, model.name, mode);
  if (cells.empty()) {
    return {};
  }
  const fs::path folder = fs::path(folder_of(model.name)) / "processed";
  TRY(record::write_result(results_dir, folder / fmt::format("latency_summary_{}.csv", to_string(mode)),
                           latency_summary(cells)));
  Json json = header(analysis);
  json["model"] = model.name;
  json["parameters"] = model.parameters;
  json["mode"] = to_string(mode);
  json["cells"] = selected_json(cells);
  json["overall"] = selected_json(select(analysis.overall, model.name, mode));
  json["overall_comparisons"] = selected_json(select(analysis.overall_comparisons, model.name, mode));
  json["scenario_comparisons"] = selected_json(select(analysis.scenario_comparisons, model.name, mode));
  return record::write_result(
      results_dir, folder / fmt::format("statistical_analysis_{}.json", to_string(mode)), to_pretty(json));
}

Result<void> write_accuracy(const Analysis& analysis, const ModelSize& model, const fs::path& results_dir) {
  std::vector<const record::QualityResult*> results;
  for (const record::QualityResult& one : analysis.quality) {
    if (one.model == model.name) {
      results.push_back(&one);
    }
  }
  return results.empty()
             ? Result<void>()
             : record::write_result(results_dir,
                                    fs::path(folder_of(model.name)) / "processed" / "perplexity_results.csv",
                                    perplexity_results(results));
}

}  // namespace

Result<void> write_analysis(const Analysis& analysis, const fs::path& results_dir) {
  for (const ModelSize& model : analysis.models) {
    for (const protocol::Mode mode : analysis.modes) {
      TRY(write_model(analysis, model, mode, results_dir));
    }
    TRY(write_accuracy(analysis, model, results_dir));
  }
  const auto write = [&](const char* name, auto&& fill) {
    Json json = header(analysis);
    fill(json);
    return record::write_result(results_dir, fs::path("processed") / name, to_pretty(json));
  };
  TRY(write("overall.json", [&](Json& json) {
    json["notices"] = analysis.notices;
    json["overall"] = PlainCodec::write(analysis.overall);
    json["comparisons"] = PlainCodec::write(analysis.overall_comparisons);
  }));
  TRY(write("outcomes.json", [&](Json& json) { json["outcomes"] = PlainCodec::write(analysis.outcomes); }));
  TRY(write("crossover.json", [&](Json& json) {
    json["crossovers"] = PlainCodec::write(analysis.crossovers);
    json["by_scenario"] = PlainCodec::write(analysis.scenario_crossovers);
  }));
  TRY(write("scaling.json", [&](Json& json) {
    json["baseline"] = analysis.baseline.empty() ? Json(nullptr) : Json(analysis.baseline);
    json["scaling"] = PlainCodec::write(analysis.scaling);
  }));
  return write("decision.json",
               [&](Json& json) { json["decisions"] = PlainCodec::write(analysis.decisions); });
}

Result<std::vector<std::string>> analyze_results(const fs::path& results_dir) {
  TRY_ASSIGN(const StudyResults results, load_study_results(results_dir));
  TRY_ASSIGN(const Analysis analysis, analyze(results.dataset));
  TRY(write_analysis(analysis, results_dir));
  TRY(write_derived(results, analysis));
  return analysis.notices;
}

}  // namespace inferscale::analysis
