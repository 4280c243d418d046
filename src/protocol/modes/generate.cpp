#include <array>

#include "protocol/modes/descriptor.hpp"
#include "protocol/modes/passes.hpp"

namespace inferscale::protocol {
namespace {

constexpr std::array kGenerateFills{ModeField::new_tok_s};

}  // namespace

constinit const ModeDescriptor kGenerateMode{
    .id = Mode::generate,
    .name = "generate",
    .words =
        "greedy, uncached: the whole sequence again for each new token; throughput counts prompt and new "
        "tokens",
    .refusal = {},
    .by_default = true,
    .makes_tokens = true,
    .pass_input = PassInput::whole_sequence,
    .fills = kGenerateFills,
    .columns = kGenerateFills,
    .ranked_by = "throughput_tok_s",
    // TR118's count: the prompt's tokens are counted with the new ones.
    .counted_tokens =
        [](const Scenario& scenario, int new_tokens) {
          return long{scenario.batch} * (scenario.prompt_tokens + new_tokens);
        },
    .longest = longest_of_passes,  // the last new token is in no pass
    .shapes = shapes_of_passes,
    .since_minor = 0,
};

}  // namespace inferscale::protocol
