#pragma once

namespace inferscale::onnx_graph {

/// The domain of ONNX Runtime's own operators, of which a graph says that it uses them.
inline constexpr const char* kContribDomain = "com.microsoft";

/// Tells onnx's checker and shape inference of the operators of ONNX Runtime's domain that graphs here use:
/// without a schema they would accept any inputs, and know nothing of what follows. Call it as often as you
/// like.
void know_contrib_operators();

}  // namespace inferscale::onnx_graph
