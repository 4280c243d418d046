#pragma once

#include <CLI/CLI.hpp>

#include "core/fields.hpp"

namespace inferscale::terminal {

// What a number on the command line may be. CLI11 alone takes "nan" for a limit, -1 for the largest seed, and
// 010 for 8. Errors are sentences without a subject, for CLI11 puts the option's name in front of them.

/// A finite number in the range.
CLI::Validator number_in(NumberRange range);
/// A whole number in the range, in decimal. For transform(): it takes away zeros in front, which CLI11 reads
/// as octal.
CLI::Validator whole_number_in(NumberRange range);
/// A finite number above 0.
CLI::Validator positive_number();
/// A finite number, 0 or above.
CLI::Validator number_from_zero();
/// A whole number that 64 bits hold, in decimal. For transform() too.
CLI::Validator seed_number();

}  // namespace inferscale::terminal
