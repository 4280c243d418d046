#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::tensorrt {

/// What a message of TensorRT's log says became of the work: out_of_memory, profile_mismatch, load_failed;
/// `otherwise` when it says nothing of the kind. TensorRT has no error codes for these: its words are all
/// there is.
Outcome outcome_of_message(std::string_view message, Outcome otherwise);

/// One error for what TensorRT said while `what` ("loading 'x.engine'") failed: the first message that tells
/// an outcome, else the last one. Engines of another TensorRT or GPU get the advice to build anew.
Error error_of_messages(std::string_view what, std::span<const std::string> messages, Outcome otherwise);

}  // namespace inferscale::tensorrt
