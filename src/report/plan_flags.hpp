#pragma once

#include <string>

#include "core/json.hpp"
#include "protocol/modes/mode.hpp"
#include "record/plan.hpp"

namespace inferscale::report {

// What a command must be told so that it does as the study did: options, each with a space before it, of what
// differs from the command's default.

std::string seed_flag(const record::Plan& plan);
/// Of `build`: scenarios, logits, new tokens and the seed.
std::string build_flags(const record::Plan& plan, protocol::Mode mode);
/// Of `bench`, which measures one scenario: its own default where the plan has that, else the plan's first.
/// A plan as it ran has the number of threads that its default came to: `environment` (environment.json, or
/// null) tells it from another.
std::string bench_flags(const record::Plan& plan, protocol::Mode mode, const Json& environment);

}  // namespace inferscale::report
