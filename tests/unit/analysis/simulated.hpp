#pragma once

#include <cmath>
#include <cstdint>
#include <random>

#include "analysis/distributions.hpp"
#include "analysis/study_results.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::test {

/// Seeded normal noise, the same with every standard library: std::normal_distribution may differ.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : generator_(seed) {}
  double normal() {
    constexpr double kScale = 1.0 / 9007199254740992.0;  // 2^-53
    return analysis::normal_quantile((static_cast<double>(generator_() >> 11) + 0.5) * kScale);
  }
  /// A value whose logarithm has this mean and standard deviation.
  double around(double value, double relative_sd) { return value * std::exp(relative_sd * normal()); }

 private:
  std::mt19937_64 generator_;
};

/// 2 backends x 2 models x 3 scenarios, all ok; every throughput is multiplied by `factor`.
inline analysis::StudyResults simulate_study(Noise& noise, double factor, double relative_sd,
                                             int repetitions) {
  analysis::DatasetBuilder builder;
  for (const auto& [model, parameters] :
       {std::pair<const char*, std::int64_t>{"gpt2-5m", 5'035'008}, {"gpt2-25m", 25'016'064}}) {
    for (const char* backend : {"onnxruntime-cpu", "openvino-cpu"}) {
      for (int scenario = 0; scenario < 3; ++scenario) {
        for (int repetition = 0; repetition < repetitions; ++repetition) {
          const double tok_s = noise.around(factor * 1000 * (scenario + 1), relative_sd);
          EXPECT_TRUE(builder.add(
              make_row(model, parameters, backend,
                       protocol::builtin_scenarios()[static_cast<std::size_t>(scenario)], repetition, tok_s),
              "row"));
        }
      }
    }
  }
  analysis::StudyResults results;
  results.folder = results.name = "simulated";
  results.environment = Json{{"processor", "a processor"}, {"threads", 2}};
  results.dataset = *builder.finish();
  return results;
}

}  // namespace inferscale::test
