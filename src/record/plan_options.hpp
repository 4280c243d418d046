#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "record/plan.hpp"

namespace inferscale::record {

/// A setting of a plan as an option of a command.
struct PlanOption {
  enum class Kind { flag, whole_number, any_whole_number, number, text, texts };

  CommandOption option;
  Kind kind = Kind::text;
  NumberRange range;  ///< of whole_number and number
  /// Sets what the option's text says; of `texts`, each a line. Numbers were checked.
  std::function<Result<void>(const std::string& text, Plan& plan)> apply;
};

/// In the order of the declaration (record/plan_fields.hpp).
std::vector<PlanOption> plan_options();

}  // namespace inferscale::record
