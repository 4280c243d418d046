#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "analysis/comparison.hpp"
#include "analysis/noise_floor.hpp"
#include "client/registry.hpp"
#include "core/json.hpp"

namespace inferscale::doctor {

struct NoiseOptions {
  std::string backend;              ///< empty: the first that loads a file and can run here
  std::string model;                ///< empty: the second of the ladder
  int repetitions = 10;             ///< of each cell and side
  std::filesystem::path artifacts;  ///< the artifact store
  std::function<bool()> cancelled = [] { return false; };
};

/// What came of measuring the same thing twice, side by side.
struct Noise {
  std::string backend, model;
  double seconds = 0;
  int repetitions = 0;  ///< of each cell and side
  analysis::NoiseFloor floor;
  analysis::RatioTest same;  ///< second / first over all cells: contains 1 in 95 of 100 such studies
};

/// Runs a study of two variants that do not differ, in a folder that is gone afterwards. The error: no
/// backend can run here, nothing was ok, or it was cancelled.
Result<Noise> measure_noise(const client::Registry& registry, const NoiseOptions& options);

/// What is printed, a line each.
std::vector<std::string> describe(const Noise& noise);
Json to_json(const Noise& noise);

}  // namespace inferscale::doctor
