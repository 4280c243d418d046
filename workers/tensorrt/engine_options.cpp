#include "engine_options.hpp"

namespace inferscale::tensorrt {

Result<EngineOptions> parse_engine_options(const Json& options) {
  FieldReader fields(options, "options");
  EngineOptions parsed;
  TRY(fields.read("optimization_level", parsed.optimization_level));
  TRY(fields.read("workspace_mb", parsed.workspace_mb));
  TRY(fields.read("half_logits", parsed.half_logits));
  if (fields.find("strongly_typed") != nullptr) {
    bool strongly_typed = true;
    TRY(fields.read("strongly_typed", strongly_typed));
    parsed.strongly_typed = strongly_typed;
  }
  TRY(fields.read("cuda_graphs", parsed.cuda_graphs));
  TRY(fields.read("spin", parsed.spin));
  TRY(fields.read("list_layers", parsed.list_layers));
  fields.find("profiles");
  TRY(fields.finish());
  if (parsed.optimization_level < 0 || parsed.optimization_level > 5) {
    return fail("options: optimization_level is 0 to 5, not {}", parsed.optimization_level);
  }
  if (parsed.workspace_mb < 0) {
    return fail("options: workspace_mb is at least 0, not {}", parsed.workspace_mb);
  }
  return parsed;
}

}  // namespace inferscale::tensorrt
