#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/spec.hpp"
#include "model/tensor.hpp"

namespace inferscale::model {

/// An architecture as folders in Hugging Face layout declare it: how its config.json is read, and what its
/// tensors are called. src/family/ has one file for each, and the list of them.
struct Family {
  std::string_view name;                      ///< "gpt2"; shapes are "gpt2:layers=.."
  std::string_view title;                     ///< "GPT-2", for sentences
  std::vector<std::string_view> model_types;  ///< of config.json
  std::string_view class_prefix;              ///< of architectures, where config.json has no model_type

  /// The spec of a config.json, its name still empty. Settings that change what is computed and that no block
  /// computes are errors, led by `place`, that name the field.
  Result<DecoderSpec> (*read_config)(const Json& config, const std::string& place);

  /// What a config.json calls the fields that validate() may refuse.
  SpecNames (*config_names)(const Json& config);

  /// An error for what a spec says and the family does not have; validate() asks.
  Result<void> (*check)(const DecoderSpec& spec);

  /// All tensors, in the order in which they are used and stored.
  std::vector<Tensor> (*tensors)(const DecoderSpec& spec);

  /// Graphs hold a copy of their weights where others of the store point to the weights' own files: of
  /// families whose graphs were published so, which keeps their keys and bytes.
  bool graphs_hold_weights = false;

  std::string_view prefix;  ///< of stored names, with or without it; tensors() gives names without it
  std::string_view head;    ///< what the output projection is stored as, which a tied model may leave out
  /// True for stored tensors that hold no weights.
  bool (*is_buffer)(std::string_view name, const DecoderSpec& spec);

  DecoderSpec (*plain)();                       ///< what a shape's name leaves open; layers and widths are 0
  const std::vector<DecoderSpec>& (*ladder)();  ///< models with seeded weights, smallest first
};

}  // namespace inferscale::model
