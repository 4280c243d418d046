#include "protocol/latency_check.hpp"
#include "protocol/modes/descriptor.hpp"
#include "protocol/token_ids.hpp"
#include "study/repetition.hpp"
#include "study/worker_statements.hpp"

namespace inferscale::study {

using namespace protocol;

namespace {

std::string shape_text(const std::vector<int>& shape) {
  std::string text;
  for (const int size : shape) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", size);
  }
  return "[" + text + "]";
}

/// Of the last forward pass: with a KV cache it sees one token, without one the longest sequence.
int expected_positions(const MeasureRequest& request, LogitsScope logits) {
  const ModeDescriptor& mode = descriptor(request.mode);
  if (logits == LogitsScope::last || mode.pass_input == PassInput::new_tokens) {
    return 1;
  }
  return static_cast<int>(mode.longest(request.scenario, request.new_tokens));
}

Result<void> check_shape(const Measurement& measurement, const MeasureRequest& request, LogitsScope logits,
                         int vocabulary) {
  const std::vector<int> expected{request.scenario.batch, expected_positions(request, logits), vocabulary};
  if (measurement.output_shape != expected) {
    return fail_as(Outcome::invalid_output, "the output's shape is {}, and {} was due",
                   shape_text(measurement.output_shape), shape_text(expected));
  }
  return {};
}

Result<void> check_tokens(const Measurement& measurement, const MeasureRequest& request, int vocabulary) {
  const auto sequences = static_cast<std::size_t>(request.scenario.batch);
  const auto each = static_cast<std::size_t>(descriptor(request.mode).makes_tokens ? request.new_tokens : 1);
  if (measurement.new_tokens.size() != sequences) {
    return fail_as(Outcome::invalid_output, "new tokens came back for {} sequences, and {} were due",
                   measurement.new_tokens.size(), sequences);
  }
  for (const auto& tokens : measurement.new_tokens) {
    if (tokens.size() != each) {
      return fail_as(Outcome::invalid_output, "{} new tokens a sequence came back, and {} were due",
                     tokens.size(), each);
    }
    TRY(check_chosen_tokens(tokens, vocabulary));
  }
  return {};
}

/// A mean that no clock can have given is refused: its throughput would be a number that JSON cannot hold.
Result<void> check_latency(const Measurement& measurement, const MeasureRequest& request) {
  if (const auto wrong = latency_contradiction(measurement.latency_ms)) {
    return fail_as(Outcome::invalid_output, "{}", *wrong);
  }
  if (measurement.iterations < 1 || measurement.iterations > request.stop.max_iterations) {
    return fail_as(Outcome::invalid_output, "{} iterations came back, and 1 to {} were due",
                   measurement.iterations, request.stop.max_iterations);
  }
  return {};
}

/// What only a mode with a cache fills.
Result<void> check_token_times(const Measurement& measurement) {
  const double first_ms = measurement.time_to_first_token_ms;
  if (!(first_ms >= 0 && first_ms <= kLongestMs)) {
    return fail_as(Outcome::invalid_output, "a time to the first token of {} ms came back", first_ms);
  }
  if (measurement.kv_bytes_per_token < 0) {
    return fail_as(Outcome::invalid_output, "{} bytes of cache a token came back",
                   measurement.kv_bytes_per_token);
  }
  const auto& steps = measurement.time_per_output_token_ms;
  if (const auto wrong = steps ? latency_contradiction(*steps) : std::nullopt) {
    return fail_as(Outcome::invalid_output, "time per output token: {}", *wrong);
  }
  return {};
}

}  // namespace

Result<void> check_measurement(const Measurement& measurement, const MeasureRequest& request,
                               LogitsScope logits, int vocabulary) {
  TRY(check_shape(measurement, request, logits, vocabulary));
  TRY(check_tokens(measurement, request, vocabulary));
  TRY(check_latency(measurement, request));
  TRY(check_token_times(measurement));
  TRY(check_memory(measurement.memory_peak_mb));
  return check_memory(measurement.gpu_memory_peak_mb);
}

}  // namespace inferscale::study
