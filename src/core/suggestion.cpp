#include "core/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace inferscale {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kShortestBeginning = 4;

std::size_t allowed_errors(std::size_t letters) {
  return letters < 3 ? 0 : letters < 8 ? 1 : letters < 14 ? 2 : 3;
}

/// Damerau and Levenshtein's distance, where no part is edited twice (optimal string alignment).
std::size_t typing_errors(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> errors(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        errors[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = errors[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      errors[i][j] = std::min({replaced, errors[i - 1][j] + 1, errors[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        errors[i][j] = std::min(errors[i][j], errors[i - 2][j - 2] + 1);
      }
    }
  }
  return errors[a.size()][b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view unknown, const std::vector<std::string>& known) {
  if (unknown.size() > kLongestName) {
    return {};
  }
  std::string_view nearest;
  std::size_t best = allowed_errors(unknown.size()) + 1;
  for (const std::string& name : known) {
    const std::size_t errors = name.size() > kLongestName ? best : typing_errors(unknown, name);
    if (errors < best) {
      best = errors;
      nearest = name;
    }
  }
  for (const std::string& name : known) {
    const bool begins = unknown.size() >= kShortestBeginning && std::string_view(name).starts_with(unknown);
    if (nearest.empty() && begins) {
      nearest = name;
    }
  }
  return nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
}

}  // namespace inferscale
