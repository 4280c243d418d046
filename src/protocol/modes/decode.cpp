#include <array>

#include "protocol/modes/descriptor.hpp"
#include "protocol/modes/passes.hpp"

namespace inferscale::protocol {
namespace {

constexpr std::array kDecodeFills{ModeField::new_tok_s, ModeField::time_to_first_token_ms,
                                  ModeField::time_per_output_token_ms};
// Throughput counts new tokens only, so new_tok_s would be the same number again.
constexpr std::array kDecodeColumns{ModeField::time_to_first_token_ms, ModeField::time_per_output_token_ms};

}  // namespace

constinit const ModeDescriptor kDecodeMode{
    .id = Mode::decode,
    .name = "decode",
    .words = "greedy with a KV cache; throughput counts new tokens",
    .refusal = {},
    .by_default = false,
    .makes_tokens = true,
    .pass_input = PassInput::new_tokens,
    .fills = kDecodeFills,
    .columns = kDecodeColumns,
    .ranked_by = "throughput_tok_s",
    .counted_tokens = [](const Scenario& scenario,
                         int new_tokens) { return long{scenario.batch} * new_tokens; },
    .longest = longest_of_passes,
    .shapes = shapes_of_passes,
};

}  // namespace inferscale::protocol
