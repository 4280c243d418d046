#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.hpp"
#include "protocol/scenario.hpp"
#include "record/row.hpp"

namespace inferscale::analysis {

/// The part of a row that the analysis reads; the text lies in the line it was read from.
struct RowView {
  std::string_view study, model, backend, runtime_version, device, precision, scenario, error;
  std::int64_t parameters = 0, batch = 1, prompt_tokens = 1, repetition = 0;
  protocol::Mode mode = protocol::kDefaultMode;
  Outcome outcome = Outcome::error;
  double load_s = 0;
  double latency_ms = 0;  ///< mean
  double throughput_tok_s = 0, new_tok_s = 0, time_to_first_token_ms = 0;
  double memory_peak_mb = 0, gpu_memory_peak_mb = 0;
  std::vector<std::string> throttled_because;  ///< of an ok row; empty: it was not throttled
};

RowView view_of(const record::Row& row);

/// Reads one line the quick way (a million rows in seconds, without a JSON document a row). False: the line
/// is not plainly a row, or its GPU was throttled, and parse_json() and parse_row() must judge it; the
/// scanner accepts nothing that they refuse but equal keys inside `clocks` and `details`, which no figure
/// comes from.
bool scan_row(std::string_view line, RowView& row);

}  // namespace inferscale::analysis
