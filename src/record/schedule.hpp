#pragma once

#include <string>
#include <vector>

#include "record/plan.hpp"
#include "record/row.hpp"

namespace inferscale::record {

/// One repetition of one cell: what tells a row from every other row of a study.
struct Repetition {
  std::string model;
  std::string backend;  ///< as in the plan: "onnxruntime-cpu@new" for a variant
  protocol::Scenario scenario;
  protocol::Mode mode = protocol::kDefaultMode;
  int number = 0;  ///< from 0
};

/// "gpt2-5m onnxruntime-cpu batch_short prefill #2", numbered from 1 as people do.
std::string describe(const Repetition& repetition);

/// The identity as one string, for sets and maps; rows and repetitions that belong together have the same.
std::string identity(const Repetition& repetition);
std::string identity(const Row& row);

/// Every repetition of the plan, in the order in which it is measured: one Fisher-Yates shuffle over the
/// whole study, so that drift of the machine (heat, neighbours) spreads over all cells instead of biasing the
/// last ones. Variants of one backend stay side by side, repetition by repetition, in an order that is drawn
/// for each: drift then falls on all of them alike. A function of the plan's cells and its seed only: the
/// same on every machine and with every standard library.
std::vector<Repetition> schedule(const Plan& plan);

}  // namespace inferscale::record
