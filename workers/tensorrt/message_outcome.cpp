#include "message_outcome.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace inferscale::tensorrt {
namespace {

using Sign = std::pair<std::string_view, Outcome>;

/// In the order in which they are looked for: memory first, for TensorRT goes on to say what it could not do
/// without it.
constexpr std::array<Sign, 21> kSigns{{
    {"OutOfMemory", Outcome::out_of_memory},
    {"out of memory", Outcome::out_of_memory},
    {"Out of memory", Outcome::out_of_memory},
    {"could not be allocated", Outcome::out_of_memory},
    {"insufficient memory", Outcome::out_of_memory},
    {"allocator error", Outcome::out_of_memory},
    {"cudaErrorMemoryAllocation", Outcome::out_of_memory},
    {"bad_alloc", Outcome::out_of_memory},
    {"satisfy any optimization profile", Outcome::profile_mismatch},
    {"min ~ max range", Outcome::profile_mismatch},
    {"dimension in profile", Outcome::profile_mismatch},
    {"satisfyProfile", Outcome::profile_mismatch},
    {"engine plan file", Outcome::load_failed},
    {"Serialization assertion", Outcome::load_failed},
    {"Version tag does not match", Outcome::load_failed},
    {"magicTag", Outcome::load_failed},
    {"Magic tag", Outcome::load_failed},
    {"ngine deserialization failed", Outcome::load_failed},
    {"eserialize the cuda engine failed", Outcome::load_failed},
    {"Could not find any implementation", Outcome::load_failed},
    {"Unable to load library", Outcome::load_failed},
}};

bool has(std::string_view text, std::string_view sign) {
  return text.find(sign) != std::string_view::npos;
}

/// What a user can do about an engine that is refused.
std::string_view advice(std::string_view message) {
  const bool other_version = has(message, "version of TensorRT") || has(message, "Version tag");
  if (other_version) {
    return "; it was built by another TensorRT: build it again (inferscale build --force)";
  }
  if (has(message, "incompatible device")) {
    return "; it was built for another GPU: build it again (inferscale build --force)";
  }
  if (has(message, "magicTag") || has(message, "Magic tag") || has(message, "Serialization assertion")) {
    return "; the file is cut off, or no engine of this TensorRT: build it again (inferscale build --force)";
  }
  if (has(message, "Unable to load library") && has(message, "builder_resource")) {
    return "; put TensorRT's libnvinfer_builder_resource beside libnvinfer: engines cannot be built without";
  }
  return {};
}

}  // namespace

Outcome outcome_of_message(std::string_view message, Outcome otherwise) {
  const auto found =
      std::find_if(kSigns.begin(), kSigns.end(), [&](const Sign& sign) { return has(message, sign.first); });
  return found == kSigns.end() ? otherwise : found->second;
}

Error error_of_messages(std::string_view what, std::span<const std::string> messages, Outcome otherwise) {
  if (messages.empty()) {
    return {fmt::format("TensorRT failed at {}, and gave no reason", what), otherwise};
  }
  const auto telling = std::find_if(messages.begin(), messages.end(), [](const std::string& message) {
    return outcome_of_message(message, Outcome::ok) != Outcome::ok;
  });
  const std::string& message = telling == messages.end() ? messages.back() : *telling;
  return {fmt::format("TensorRT failed at {}: {}{}", what, message, advice(message)),
          outcome_of_message(message, otherwise)};
}

}  // namespace inferscale::tensorrt
