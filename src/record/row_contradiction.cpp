#include "record/row_contradiction.hpp"

#include <cmath>

#include "protocol/latency_check.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::record {
namespace {

bool close(double value, double expected) {
  constexpr double kRounding = 1e-6;
  return std::abs(value - expected) <= kRounding * std::abs(expected);
}

}  // namespace

std::optional<std::string> contradiction_in(const Row& row) {
  if (row.outcome != Outcome::ok) {
    return std::nullopt;
  }
  if (auto wrong = protocol::latency_contradiction(row.latency_ms)) {
    return wrong;
  }
  const double seconds = row.latency_ms.mean / 1000;
  const auto tokens = static_cast<double>(protocol::counted_tokens(row.scenario, row.mode, row.new_tokens));
  if (!close(row.throughput_tok_s, tokens / seconds)) {
    return fmt::format("throughput_tok_s is {}, and {} tokens in {} ms are {}", row.throughput_tok_s, tokens,
                       row.latency_ms.mean, tokens / seconds);
  }
  const double new_tokens = static_cast<double>(row.scenario.batch) * row.new_tokens;
  if (row.new_tok_s > 0 && !close(row.new_tok_s, new_tokens / seconds)) {
    return fmt::format("new_tok_s is {}, and {} new tokens in {} ms are {}", row.new_tok_s, new_tokens,
                       row.latency_ms.mean, new_tokens / seconds);
  }
  return std::nullopt;
}

}  // namespace inferscale::record
