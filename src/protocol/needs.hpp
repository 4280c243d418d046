#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/backend_info.hpp"
#include "protocol/modes/mode.hpp"

// What a backend says that it needs, and what is understood of a worker that does not say it. Nothing else
// reads `artifact` and `graph_precision`, and nothing else finds anything out from a backend's name.

namespace inferscale::protocol {

/// `needs`; of a worker that leaves them out, those that `artifact` and `graph_precision` mean. Never empty.
std::vector<Need> needs_of(const BackendInfo& info);

/// Of one mode: the needs that name it; where none does, those that name no mode.
std::vector<Need> needs_of(const BackendInfo& info, Mode mode);

/// Modes that load the same files.
struct ModeGroup {
  std::vector<Mode> modes;
  std::vector<Need> needs;  ///< of each of them; with `mode` as the backend has it
};
/// Of these modes, in their order. The first group is the one of kDefaultMode, whose files are what checks of
/// accuracy load; it has no modes where none of these loads them.
std::vector<ModeGroup> mode_groups(const BackendInfo& info, std::span<const Mode> modes);
/// The group of a mode among mode_groups(info, modes).
std::size_t group_of(const BackendInfo& info, std::span<const Mode> modes, Mode mode);

/// False for a backend that makes its own weights.
bool loads_a_file(const BackendInfo& info);
/// What it loads is the weights themselves, `weights` of load; else it is `artifact`.
bool loads_the_weights(const BackendInfo& info);
/// Its worker builds what it loads of a file that it is given.
bool is_built(const BackendInfo& info);
/// The need of a graph: its own, or the one that what it loads is built from.
std::optional<Need> graph_of(const BackendInfo& info);
/// The same of one mode.
std::optional<Need> graph_of(const BackendInfo& info, Mode mode);
/// The graph is quantised, and so has scales that are calibrated.
bool takes_int8_graph(const BackendInfo& info);
bool takes_int4_graph(const BackendInfo& info);

/// `quantization_forms`; of a worker that leaves them out, those of the backends that had them. Not empty.
std::vector<std::string> quantization_forms_of(const BackendInfo& info);

/// `family`; of a worker that leaves it out, the name without its precision.
std::string family_of(const BackendInfo& info);
/// `precision_facts`; of a worker that leaves them out, what is known of the precision by its name.
PrecisionFacts precision_of(const BackendInfo& info);

/// For workers that say all of it: `artifact` and `graph_precision` as needs, with the rest filled in.
/// `forms` is of a graph of int8.
BackendInfo stated(BackendInfo info, std::string family, std::vector<std::string> forms = {});

/// With a need for every mode that has a KV cache: what its graph is, as a graph with one.
BackendInfo with_cached_graph(BackendInfo info, const std::string& dialect);

/// For rows from before families were written down: "tensorrt-fp16" as "tensorrt".
std::string family_of_name(const std::string& backend);

}  // namespace inferscale::protocol
