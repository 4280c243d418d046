#include "engine_options.hpp"

namespace inferscale::tensorrt {
namespace {

Result<std::optional<CalibratorKind>> read_calibrator(FieldReader& fields) {
  std::optional<CalibratorKind> kind;
  if (fields.find("calibrator") == nullptr) {
    return kind;
  }
  std::string name;
  TRY(fields.read("calibrator", name));
  for (const auto known : {CalibratorKind::entropy2, CalibratorKind::minmax}) {
    if (name == to_string(known)) {
      kind = known;
    }
  }
  if (!kind) {
    return fail("options: calibrator is \"entropy2\" or \"minmax\", not \"{}\"", name);
  }
  return kind;
}

}  // namespace

std::string_view to_string(CalibratorKind kind) {
  return kind == CalibratorKind::entropy2 ? "entropy2" : "minmax";
}

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
  TRY_ASSIGN(parsed.calibrator, read_calibrator(fields));
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
  if (parsed.calibrator && parsed.strongly_typed.value_or(false)) {
    return fail(
        "options: a calibrator needs strongly_typed false: TensorRT is then to choose what runs in int8");
  }
  return parsed;
}

}  // namespace inferscale::tensorrt
