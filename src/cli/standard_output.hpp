#pragma once

#include "core/error.hpp"

namespace inferscale::cli {

/// Holds descriptors 0 to 2 that are closed (">&-"): else the next file or pipe that is opened has the
/// number, and is written what was meant for the user. Reading and writing fail as with a closed one.
void hold_standard_descriptors();

/// What was printed so far reaches its reader now. "cannot write to stdout: Broken pipe" where it does not;
/// the error is the caller's to say, and checked_stdout says it no more.
[[nodiscard]] Result<void> flush_stdout();

/// A result that did not reach its reader is no success: a full disk shows when the last buffer is written.
/// Then it says so, and gives 1 in place of an `exit_code` of 0.
int checked_stdout(int exit_code);

}  // namespace inferscale::cli
