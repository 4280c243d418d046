#include "stateful_model.hpp"

#include <algorithm>
#include <map>
#include <openvino/op/add.hpp>
#include <openvino/op/assign.hpp>
#include <openvino/op/broadcast.hpp>
#include <openvino/op/concat.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/gather.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/multiply.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/read_value.hpp>
#include <openvino/op/result.hpp>
#include <openvino/op/scaled_dot_product_attention.hpp>
#include <openvino/op/shape_of.hpp>
#include <openvino/op/softmax.hpp>
#include <openvino/op/transpose.hpp>
#include <openvino/op/util/variable.hpp>
#include <string>
#include <string_view>

namespace inferscale::openvino {
namespace {

constexpr std::string_view kPast = "past_key_values.";
constexpr std::string_view kPresent = "present.";

std::shared_ptr<ov::op::v0::Constant> int64s(const std::vector<std::int64_t>& values, bool scalar = false) {
  return ov::op::v0::Constant::create(ov::element::i64, scalar ? ov::Shape{} : ov::Shape{values.size()},
                                      values);
}

template <class Op>
std::shared_ptr<Op> expect(const ov::Output<ov::Node>& output, const char* what) {
  auto node = ov::as_type_ptr<Op>(output.get_node_shared_ptr());
  OPENVINO_ASSERT(node, "attention is not what this worker knows: ", what, " is a ",
                  output.get_node()->get_type_name());
  return node;
}

/// What `output` is a conversion of, or itself.
ov::Output<ov::Node> converted(const ov::Output<ov::Node>& output) {
  return ov::is_type<ov::op::v0::Convert>(output.get_node()) ? output.get_node()->input_value(0) : output;
}

/// Takes a scalar factor off.
float take_scale(ov::Output<ov::Node>& output) {
  const auto product = ov::as_type_ptr<ov::op::v1::Multiply>(output.get_node_shared_ptr());
  const auto factor =
      product ? ov::as_type_ptr<ov::op::v0::Constant>(product->input_value(1).get_node_shared_ptr())
              : nullptr;
  if (!factor || ov::shape_size(factor->get_shape()) != 1) {
    return 1.0F;
  }
  output = product->input_value(0);
  return factor->cast_vector<float>().front();
}

/// A mask for every sequence, made once of each mask that the graph has. OpenVINO 2026.4.1 reads other memory
/// from the second sequence on where one mask serves all, the cache is a state and the type is bf16.
class Masks {
 public:
  explicit Masks(ov::Output<ov::Node> batch) : batch_(std::move(batch)) {}

  /// [batch, 1, queries, keys] of a mask [queries, keys].
  ov::Output<ov::Node> of_every_sequence(const ov::Output<ov::Node>& mask) {
    auto& made = made_[mask];
    if (!made.get_node()) {
      const auto sizes = std::make_shared<ov::op::v0::Concat>(
          ov::OutputVector{batch_, int64s({1}), std::make_shared<ov::op::v3::ShapeOf>(mask)}, 0);
      made = std::make_shared<ov::op::v3::Broadcast>(mask, sizes);
    }
    return made;
  }

 private:
  ov::Output<ov::Node> batch_;
  std::map<ov::Output<ov::Node>, ov::Output<ov::Node>> made_;
};

/// softmax(query key^T x scale + mask) value, around its softmax.
void replace_attention(const std::shared_ptr<ov::Node>& softmax, Masks& masks) {
  const auto sum = expect<ov::op::v1::Add>(softmax->input_value(0), "what the softmax takes");
  ov::Output<ov::Node> scores = converted(sum->input_value(0));
  float scale = take_scale(scores);
  scores = converted(scores);
  const auto products = expect<ov::op::v0::MatMul>(scores, "what the mask is added to");
  ov::Output<ov::Node> query = products->input_value(0);
  scale *= take_scale(query);
  const auto columns = expect<ov::op::v1::Transpose>(products->input_value(1), "the keys' side");
  auto user = softmax->output(0).get_target_inputs().begin()->get_node();
  if (ov::is_type<ov::op::v0::Convert>(user)) {
    user = user->output(0).get_target_inputs().begin()->get_node();
  }
  const auto mixed = expect<ov::op::v0::MatMul>(user->output(0), "what takes the softmax");
  const auto type = query.get_element_type();
  ov::Output<ov::Node> mask = masks.of_every_sequence(sum->input_value(1));
  if (mask.get_element_type() != type) {
    mask = std::make_shared<ov::op::v0::Convert>(mask, type);
  }
  const auto factor = ov::op::v0::Constant::create(type, ov::Shape{}, std::vector<float>{scale});
  const auto attention = std::make_shared<ov::op::v13::ScaledDotProductAttention>(
      query, columns->input_value(0), mixed->input_value(1), mask, factor, false);
  attention->set_friendly_name(mixed->get_friendly_name());
  mixed->output(0).replace(attention->output(0));
}

void fuse_attention(ov::Model& model, const ov::Output<ov::Node>& batch) {
  Masks masks(batch);
  for (const auto& node : model.get_ordered_ops()) {
    if (ov::is_type<ov::op::v8::Softmax>(node.get()) || ov::is_type<ov::op::v1::Softmax>(node.get())) {
      replace_attention(node, masks);
    }
  }
}

/// A state of no tokens for as many sequences as ids come in.
std::shared_ptr<ov::Node> empty_cache(const ov::Output<ov::Node>& batch, const ov::Output<ov::Node>& past) {
  const auto& shape = past.get_partial_shape();
  const auto sizes = std::make_shared<ov::op::v0::Concat>(
      ov::OutputVector{batch, int64s({shape[1].get_length(), 0, shape[3].get_length()})}, 0);
  const auto zero = ov::op::v0::Constant::create(past.get_element_type(), ov::Shape{}, std::vector<float>{0});
  return std::make_shared<ov::op::v3::Broadcast>(zero, sizes);
}

}  // namespace

bool takes_a_cache(const ov::Model& model) {
  const auto& inputs = model.inputs();
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const auto& input) { return input.get_any_name().starts_with(kPast); });
}

void make_stateful(ov::Model& model) {
  const auto ids = model.input("input_ids");
  const auto batch = std::make_shared<ov::op::v8::Gather>(
      std::make_shared<ov::op::v3::ShapeOf>(ids, ov::element::i64), int64s({0}), int64s({0}, true));
  fuse_attention(model, batch);
  const auto beams = std::make_shared<ov::op::v0::Parameter>(ov::element::i32, ov::PartialShape{-1});
  beams->output(0).set_names({kBeamIndex});
  beams->set_friendly_name(kBeamIndex);
  model.add_parameters({beams});
  for (const auto& past : model.inputs()) {
    const std::string name = past.get_any_name();
    if (!name.starts_with(kPast)) {
      continue;
    }
    const auto present = model.output(std::string(kPresent) + name.substr(kPast.size()));
    ov::PartialShape shape = past.get_partial_shape();
    shape[0] = -1;
    shape[2] = -1;
    const auto variable = std::make_shared<ov::op::util::Variable>(
        ov::op::util::VariableInfo{shape, past.get_element_type(), name});
    const auto kept = std::make_shared<ov::op::v6::ReadValue>(empty_cache(batch, past), variable);
    const auto chosen = std::make_shared<ov::op::v8::Gather>(kept, beams, int64s({0}, true));
    const auto parameter = ov::as_type_ptr<ov::op::v0::Parameter>(past.get_node_shared_ptr());
    const auto result = ov::as_type_ptr<ov::op::v0::Result>(present.get_node()->shared_from_this());
    for (auto& input : parameter->output(0).get_target_inputs()) {
      input.replace_source_output(chosen->output(0));
    }
    model.add_sinks({std::make_shared<ov::op::v6::Assign>(result->input_value(0), variable)});
    model.remove_result(result);
    model.remove_parameter(parameter);
  }
  model.remove_result(
      ov::as_type_ptr<ov::op::v0::Result>(model.output("next_ids").get_node()->shared_from_this()));
  model.validate_nodes_and_infer_types();
}

}  // namespace inferscale::openvino
