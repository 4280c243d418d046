#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace inferscale::record {

/// A backend that a study measures more than once, and what is different this time. In a plan's `backends` it
/// is "onnxruntime-cpu@new"; its rows have the backend's name, and `variant`.
struct Variant {
  std::string name;               ///< "new"
  std::string backend;            ///< "onnxruntime-cpu"
  Json options = Json::object();  ///< over those of the plan's backend_options
  std::string library;            ///< folder whose libraries stand in for those that the worker would load
  std::string worker;             ///< executable that stands in for the backend's worker
};

/// "onnxruntime-cpu@new", or the backend where `variant` is empty: what tells a backend of a study from every
/// other.
std::string name_in_plan(std::string_view backend, std::string_view variant);
inline std::string name_in_plan(const Variant& variant) {
  return name_in_plan(variant.backend, variant.name);
}

/// "new=onnxruntime-cpu,library=/opt/ort,session.intra_op.allow_spinning=0", as --variant has it. A value
/// that is JSON is that, any other a text. `place` leads errors.
Result<Variant> parse_variant(std::string_view text, std::string_view place);
/// The same, to be read.
std::string describe(const Variant& variant);

/// Every variant has a name of its own among its backend's, and is in `backends`; what is there with a '@' is
/// a variant.
Result<void> check_variants(const std::vector<Variant>& variants, const std::vector<std::string>& backends,
                            const std::string& place);
/// nullptr for a backend as it is.
const Variant* find_variant(const std::vector<Variant>& variants, std::string_view in_plan);

}  // namespace inferscale::record
