#pragma once

#include <string>
#include <vector>

#include "report/pictures.hpp"

namespace inferscale::report {

// What pictures show, as a sentence for those who do not see them: figures of means, without a verdict on
// what is alike. Each is of the same marks as its picture, and empty where there is none.

/// Who has the lowest latency on how many workloads, and how far behind the last is.
std::string latency_words(const analysis::Analysis& analysis, protocol::Mode mode, const std::string& model);
/// What the largest batch gives and takes, and who leads at it.
std::string tradeoff_words(const analysis::Analysis& analysis, protocol::Mode mode,
                           const BatchFamily& family);
/// Each backend's ratio to its fp32 at the ends of the sizes.
std::string precision_words(const analysis::Analysis& analysis, protocol::Mode mode,
                            const std::vector<analysis::PrecisionComparison>& comparisons);
/// Who comes nearest to the limit of the device on the largest model, and who stays farthest from it.
std::string roofline_words(const analysis::Analysis& analysis, protocol::Mode mode, const std::string& device,
                           const std::vector<analysis::RooflineShare>& shares);

}  // namespace inferscale::report
