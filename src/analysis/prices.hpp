#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "analysis/study_results.hpp"

namespace inferscale::analysis {

/// Price of an hour of serving by backend, or by "machine/backend", in any currency.
using Prices = std::map<std::string, double>;

/// Usage errors: a name that no study has, and what is no price.
Result<void> check_prices(std::span<const StudyResults> machines, const Prices& prices);

/// The machine's own price, else the backend's; `machine` is StudyResults::name.
std::optional<double> price_of(const Prices& prices, const std::string& machine, const std::string& backend);

}  // namespace inferscale::analysis
