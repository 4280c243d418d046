#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/json.hpp"

// The message "activations" of docs/reference/protocol.md: statistics of a graph's inner tensors, for
// calibration. Whole tensors never go through the pipe.

namespace inferscale::protocol {

constexpr int kMaxHistogramBins = 1 << 16;

struct ActivationsRequest {
  std::vector<std::vector<std::int32_t>> tokens;  ///< a list a sequence, all of one length
  int bins = 0;                                   ///< of the histograms; 0: none
  std::map<std::string, double> ranges;           ///< with bins: by tensor, where the last bin ends
};
Json to_json(const ActivationsRequest& request);
Result<ActivationsRequest> parse_activations_request(const Json& message);

/// Of one tensor, over one forward pass.
struct ActivationSummary {
  std::string name;
  double largest = 0;  ///< magnitude
  std::vector<std::int64_t>
      counts;  ///< of magnitudes: bin i of n is [i, i + 1) x range / n; the last takes the rest
};

struct ActivationsReply {
  std::vector<ActivationSummary> tensors;  ///< in the graph's order
};
Json to_json(const ActivationsReply& reply);
Result<ActivationsReply> parse_activations_reply(const Json& message, const std::string& place);

}  // namespace inferscale::protocol
