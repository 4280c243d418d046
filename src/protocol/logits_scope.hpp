#pragma once

#include <optional>
#include <string_view>

namespace inferscale::protocol {

/// Which logits come back to host memory; the same for every backend of a study, so part of its plan.
/// Graphs (src/onnx) and backends (src/measure) both follow it.
enum class LogitsScope {
  all,   ///< every position: [batch, sequence, vocabulary]
  last,  ///< the last position only: [batch, 1, vocabulary]
};

/// "all" or "last".
std::string_view to_string(LogitsScope scope);
std::optional<LogitsScope> parse_logits_scope(std::string_view text);

}  // namespace inferscale::protocol
