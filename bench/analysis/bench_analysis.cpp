// What bench/analysis/run drives: makes many rows, and simulates many studies. Prints one JSON object.
//
//   bench_analysis rows FOLDER COUNT     COUNT rows of a study of 9 models x 12 backends x 6 scenarios
//   bench_analysis coverage STUDIES      shares of simulated studies whose 95% intervals hold the truth
//   bench_analysis compare STUDIES       shares of pairs of simulated studies that compare as a regression
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string_view>

#include "analysis/compare_studies.hpp"
#include "analysis/crossover.hpp"
#include "analysis/distributions.hpp"
#include "family/families.hpp"
#include "family/ladder.hpp"
#include "model/model.hpp"

namespace inferscale {

using namespace analysis;

namespace {

constexpr int kRepetitions = 5;
constexpr double kNoise = 0.015;

class Noise {
 public:
  explicit Noise(std::uint64_t seed) : generator_(seed) {}
  double normal() {
    constexpr double kScale = 1.0 / 9007199254740992.0;  // 2^-53
    return normal_quantile((static_cast<double>(generator_() >> 11) + 0.5) * kScale);
  }
  double around(double value, double relative_sd) { return value * std::exp(relative_sd * normal()); }
  std::vector<double> sample(double value, double relative_sd) {
    std::vector<double> values;
    for (int i = 0; i < kRepetitions; ++i) {
      values.push_back(around(value, relative_sd));
    }
    return values;
  }

 private:
  std::mt19937_64 generator_;
};

record::Row make_row(const model::DecoderSpec& model, const std::string& backend,
                     const protocol::Scenario& scenario, int repetition, double tok_s) {
  record::Row row;
  row.study = "bench";
  row.model = model.name;
  row.parameters = parameter_count(model);
  row.backend = backend;
  row.runtime_version = "1.2.3";
  row.device = "cpu";
  row.precision = "fp32";
  row.scenario = scenario;
  row.repetition = repetition;
  row.outcome = Outcome::ok;
  row.started_at = "2026-11-24T00:14:05.123Z";
  row.threads = 2;
  row.load_s = 0.5;
  row.warmup_iterations = 3;
  row.iterations = 100;
  row.throughput_tok_s = tok_s;
  const double mean = scenario.batch * scenario.prompt_tokens * 1000.0 / tok_s;
  row.latency_ms = {mean, mean, mean * 1.1, mean * 1.2, mean * 0.9, mean * 1.3, mean * 0.05};
  row.memory_peak_mb = 100;
  row.tokens_sha256 = std::string(64, 'a');
  return row;
}

void write_rows(const std::filesystem::path& folder, long count) {
  std::filesystem::create_directories(folder / "raw");
  std::ofstream file(folder / "raw/prefill.jsonl");
  Noise noise(1);
  long written = 0;
  for (int repetition = 0; written < count; ++repetition) {
    for (const model::DecoderSpec& model : family::gpt2().ladder()) {
      for (int backend = 0; backend < 12; ++backend) {
        for (const protocol::Scenario& scenario : protocol::builtin_scenarios()) {
          if (written++ < count) {
            const double tok_s =
                1e10 / std::pow(static_cast<double>(parameter_count(model)), 0.5 + 0.03 * backend);
            file << to_line(to_json(make_row(model, "backend-" + std::to_string(backend), scenario,
                                             repetition, noise.around(tok_s, kNoise))))
                 << '\n';
          }
        }
      }
    }
  }
}

bool holds(const std::optional<Interval>& interval, double value) {
  return interval && interval->low <= value && value <= interval->high;
}

bool holds(const CrossoverFit& fit, double parameters) {
  if (fit.fieller == FiellerKind::slope_not_significant) {
    return fit.excluded && !holds(fit.excluded, parameters);
  }
  return (!fit.ci95_low || *fit.ci95_low <= parameters) && (!fit.ci95_high || parameters <= *fit.ci95_high);
}

/// Share of studies in which `study` says yes.
template <class Study>
double share(long studies, Study study) {
  long count = 0;
  for (long i = 0; i < studies; ++i) {
    count += study() ? 1 : 0;
  }
  return static_cast<double>(count) / static_cast<double>(studies);
}

Json coverage(long studies) {
  Noise noise(2);
  Json json = Json::object();
  json["mean, n = 5"] = share(studies, [&] {
    std::vector<double> values;
    for (int i = 0; i < kRepetitions; ++i) {
      values.push_back(1000 * (1 + kNoise * noise.normal()));
    }
    return holds(estimate(values).ci95, 1000);
  });
  for (const double spread : {kNoise, 3 * kNoise}) {
    json[fmt::format("ratio, n = 5, spread {:g}% and {:g}%", 100 * kNoise, 100 * spread)] =
        share(studies, [&] {
          return holds(compare_ratio(noise.sample(1300, kNoise), noise.sample(1000, spread)).ci95, 1.3);
        });
  }
  constexpr double kCrossing = 30e6;
  std::vector<double> sizes;
  for (const model::DecoderSpec& model : family::gpt2().ladder()) {
    sizes.push_back(static_cast<double>(parameter_count(model)));
  }
  for (const double slope : {0.0, -0.02, -0.05, -0.1, -0.5, -2.0}) {
    json[fmt::format("crossover, slope {:g}", slope)] = share(studies, [&] {
      std::vector<double> ratios;
      for (const double size : sizes) {
        ratios.push_back(noise.around(std::pow(size / kCrossing, slope), 0.3));
      }
      const auto fit = fit_crossover(sizes, ratios);
      return fit && holds(*fit, kCrossing);
    });
  }
  return json;
}

/// 2 backends x 2 models x 6 scenarios.
StudyResults simulate(Noise& noise, double factor) {
  DatasetBuilder builder;
  for (const char* name : {"gpt2-5m", "gpt2-25m"}) {
    const model::DecoderSpec model = *model::parse_model_name(name);
    for (const char* backend : {"a", "b"}) {
      for (const protocol::Scenario& scenario : protocol::builtin_scenarios()) {
        for (int repetition = 0; repetition < kRepetitions; ++repetition) {
          const double tok_s = noise.around(factor * 1000, kNoise);
          static_cast<void>(builder.add(make_row(model, backend, scenario, repetition, tok_s), "row"));
        }
      }
    }
  }
  StudyResults results;
  results.environment = Json{{"processor", "a processor"}};
  results.dataset = *builder.finish();
  return results;
}

Json compare(long studies) {
  Noise noise(3);
  const auto regressed = [&](double factor) {
    const StudyResults base = simulate(noise, 1);
    const auto comparison = compare_studies(base, simulate(noise, factor));
    return comparison && comparison->regressed();
  };
  Json json = Json::object();
  json["same build"] = share(studies, [&] { return regressed(1); });
  json["5% slower"] = share(studies, [&] { return regressed(1 / 1.05); });
  return json;
}

int run(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "rows" && argc == 4) {
    write_rows(argv[2], std::atol(argv[3]));
    return 0;
  }
  if ((command == "coverage" || command == "compare") && argc == 3) {
    const long studies = std::max(1L, std::atol(argv[2]));
    fmt::print("{}", to_pretty(command == "coverage" ? coverage(studies) : compare(studies)));
    return 0;
  }
  fmt::print(stderr, "usage: bench_analysis rows FOLDER COUNT | coverage STUDIES | compare STUDIES\n");
  return 2;
}

}  // namespace
}  // namespace inferscale

int main(int argc, char** argv) {
  return inferscale::run(argc, argv);
}
