#include "protocol/modes/descriptor.hpp"
#include "protocol/modes/passes.hpp"

namespace inferscale::protocol {

constinit const ModeDescriptor kPrefillMode{
    .id = Mode::prefill,
    .name = "prefill",
    .words = "one forward pass over the prompt; throughput counts its tokens",
    .refusal = {},
    .by_default = true,
    .makes_tokens = false,
    .pass_input = PassInput::whole_sequence,
    .fills = {},
    .columns = {},
    .ranked_by = "throughput_tok_s",
    .counted_tokens = [](const Scenario& scenario,
                         int) { return long{scenario.batch} * scenario.prompt_tokens; },
    .longest = [](const Scenario& scenario, int) { return longest_of_passes(scenario, 1); },
    .shapes = [](const Scenario& scenario, int) { return shapes_of_passes(scenario, 1); },
    .since_minor = 0,
};

}  // namespace inferscale::protocol
