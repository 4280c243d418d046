#pragma once

#include <optional>
#include <string>

#include "record/row.hpp"

namespace inferscale::record {

/// What of an ok row's figures does not follow from the others, in a sentence: a row that was edited, or that
/// another program wrote. None for rows that are not ok.
std::optional<std::string> contradiction_in(const Row& row);

}  // namespace inferscale::record
