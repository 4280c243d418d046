#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/modes/mode.hpp"
#include "protocol/scenario.hpp"
#include "protocol/shape.hpp"

namespace inferscale::protocol {

/// A field of a row that only some modes fill. It is null in the rows of the others.
enum class ModeField { new_tok_s, time_to_first_token_ms, time_per_output_token_ms };

/// What a forward pass is given, and with it the graph that a mode needs.
enum class PassInput {
  whole_sequence,  ///< graphs of `export --mode prefill`
  new_tokens,      ///< the tokens before are in a KV cache: graphs of `export --mode decode`
};

/// What a mode is: one file in this folder, and one line in modes.cpp. Code that works for every mode reads
/// this, and compares no modes. How a worker runs a mode is in src/measure/modes/.
struct ModeDescriptor {
  Mode id;
  std::string_view name;   ///< in plans, messages and rows, and of files
  std::string_view words;  ///< of reports: what one iteration is, without a full stop
  /// Why no worker of this version runs it, as the rows say it; empty for a mode that runs.
  std::string_view refusal;
  bool by_default;       ///< of a plan that names no modes
  bool makes_tokens;     ///< the plan's new_tokens; a mode that does not gives the prompt's next token only
  PassInput pass_input;  ///< of passes after the first
  std::span<const ModeField> fills;
  /// Of `fills`: those that a report's table of cells shows. A field that repeats the throughput is not.
  std::span<const ModeField> columns;
  /// The metric that ranks backends unless another is asked for: a name of src/record/metrics.hpp.
  std::string_view ranked_by;
  /// Tokens that throughput_tok_s counts.
  long (*counted_tokens)(const Scenario& scenario, int new_tokens);
  /// Length of the longest sequence that a pass sees. A model must have a position for each token of it.
  std::int64_t (*longest)(const Scenario& scenario, int new_tokens);
  /// Every shape that forward() is called with, in order: the prompt's comes first, the longest last.
  std::vector<Shape> (*shapes)(const Scenario& scenario, int new_tokens);
  /// The minor version from which on a worker that does not say what it can runs the mode; none: never.
  std::optional<int> since_minor = std::nullopt;

  [[nodiscard]] bool runs() const { return refusal.empty(); }
  [[nodiscard]] bool cached() const { return pass_input == PassInput::new_tokens; }
  [[nodiscard]] bool fills_field(ModeField field) const;
};

extern const ModeDescriptor kPrefillMode, kGenerateMode, kDecodeMode;

/// The list, in the order of the files of rows.
std::span<const ModeDescriptor* const> modes();
const ModeDescriptor& descriptor(Mode mode);

/// Results of modes with a KV cache come first, since serving runs so; else the list's order holds.
int place_in_reports(Mode mode);

/// "prefill, generate or decode", for errors and help.
std::string mode_names();
/// What a plan that names no modes measures.
std::vector<Mode> default_modes();

/// Adds a mode to the list, for a test. A mode of the product has its line in modes.cpp. Call it before
/// anything reads the list; the descriptor must outlive every reader.
void add_mode_for_test(const ModeDescriptor& mode);

}  // namespace inferscale::protocol
