#include "family/blocks.hpp"

#include "model/family.hpp"

namespace inferscale::family {

using namespace model;

Result<void> check_learned_blocks(const DecoderSpec& spec) {
  const std::string_view title = spec.family->title;
  if (spec.norm.kind != NormKind::layer) {
    return fail("{} has no norm by root mean square", title);
  }
  if (spec.position.kind != PositionKind::learned) {
    return fail("{} has learned positions, not {}", title, to_string(spec.position.kind));
  }
  if (spec.mlp.gated) {
    return fail("{} has no gated MLP", title);
  }
  if (kv_heads(spec) != spec.heads) {
    return fail("kv_heads must be heads, {}, not {}: {} has no others", spec.heads, kv_heads(spec), title);
  }
  if (head_size(spec) * spec.heads != spec.hidden) {
    return fail("head_size must be hidden / heads, {}, not {}: {} has no other", spec.hidden / spec.heads,
                head_size(spec), title);
  }
  if (spec.qk_norm) {
    return fail("{} has no norm of queries and keys", title);
  }
  if (spec.window.size > 0) {
    return fail("{} has no sliding window", title);
  }
  return {};
}

Result<void> check_rotary_blocks(const DecoderSpec& spec) {
  const std::string_view title = spec.family->title;
  if (spec.norm.kind != NormKind::rms) {
    return fail("{} has a norm by root mean square, not {}", title, to_string(spec.norm.kind));
  }
  if (!is_rotary(spec) || spec.position.offset != 0) {
    return fail("{} has rotary positions, not {}", title, to_string(spec.position.kind));
  }
  if (!spec.mlp.gated) {
    return fail("{} has a gated MLP", title);
  }
  return {};
}

}  // namespace inferscale::family
