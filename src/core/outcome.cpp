#include "core/outcome.hpp"

#include <array>
#include <utility>

namespace inferscale {
namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 9> kNames{{
    {Outcome::ok, "ok"},
    {Outcome::unsupported, "unsupported"},
    {Outcome::profile_mismatch, "profile_mismatch"},
    {Outcome::invalid_output, "invalid_output"},
    {Outcome::out_of_memory, "out_of_memory"},
    {Outcome::timeout, "timeout"},
    {Outcome::crash, "crash"},
    {Outcome::load_failed, "load_failed"},
    {Outcome::error, "error"},
}};

}  // namespace

std::string_view to_string(Outcome outcome) {
  for (const auto& [value, name] : kNames) {
    if (value == outcome) {
      return name;
    }
  }
  return "error";
}

std::optional<Outcome> parse_outcome(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

bool is_degraded(Outcome outcome) {
  return outcome != Outcome::ok && outcome != Outcome::unsupported;
}

}  // namespace inferscale
