// Backends whose repetitions differ so much that differences hide in it.
#include <algorithm>
#include <map>

#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Standard deviation of repetitions over their mean, in the median cell of a backend.
constexpr double kNoisy = 0.05;

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::string noise_words(const Analysis& analysis) {
  std::map<std::string, std::vector<double>> spreads;
  for (const CellStatistics& cell : analysis.cells) {
    if (cell.throughput_tok_s.n >= 2 && cell.throughput_tok_s.mean > 0) {
      spreads[cell.backend].push_back(cell.throughput_tok_s.sd / cell.throughput_tok_s.mean);
    }
  }
  std::vector<std::pair<double, std::string>> noisy;
  for (const auto& [backend, values] : spreads) {
    if (const double median = median_of(values); median > kNoisy) {
      noisy.emplace_back(-median, fmt::format("{} by {}", backend, percent_text(median)));
    }
  }
  if (noisy.empty()) {
    return {};
  }
  std::sort(noisy.begin(), noisy.end());
  std::vector<std::string> parts;
  for (const auto& [order, words] : noisy) {
    parts.push_back(words);
  }
  return fmt::format(
      "Repetitions differ: {} (standard deviation over the mean, in the median cell), so their intervals are "
      "wide. On a quiet machine (inferscale doctor says what disturbs it), or with more repetitions, less "
      "stays "
      "undecided.",
      and_list(parts));
}

}  // namespace inferscale::report
