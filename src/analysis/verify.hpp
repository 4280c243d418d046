#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace inferscale::analysis {

/// Something in a results folder that is not as the study left it.
struct VerifyProblem {
  std::string place;    ///< "raw/prefill.jsonl", "raw/prefill.jsonl line 3"
  std::string problem;  ///< "its SHA-256 is not the one in manifest.json"
};

struct VerifyOptions {
  bool artifacts = false;  ///< graphs, weights and engines too, where they still lie
};

struct Verification {
  std::string folder;
  int files = 0;                ///< that manifest.json lists
  int artifacts = 0;            ///< that were looked at
  int artifacts_not_there = 0;  ///< listed, and not on this machine: no problem
  std::int64_t rows = 0;
  std::vector<VerifyProblem> problems;
};

/// Holds a results folder's files against its manifest.json, its rows against themselves and against
/// plan.json, and its JSON files against their form. The error: the folder holds no results at all.
Result<Verification> verify_results(const std::filesystem::path& folder, const VerifyOptions& options);

Json to_json(const Verification& verification);

}  // namespace inferscale::analysis
