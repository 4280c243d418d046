#include "placement.hpp"

#include <charconv>

namespace inferscale::onnxruntime {
namespace {

constexpr std::string_view kPlacedOn = "placed on [";
constexpr std::string_view kCount = "Number of nodes: ";
constexpr std::string_view kCpu = "CPUExecutionProvider";

int number_after(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  int value = 0;
  if (at != std::string_view::npos) {
    std::from_chars(text.data() + at + words.size(), text.data() + text.size(), value);
  }
  return value;
}

}  // namespace

void Placement::read(std::string_view message) {
  if (const auto at = message.find(kPlacedOn); at != std::string_view::npos) {
    // " Node(s) placed on [CPUExecutionProvider]. Number of nodes: 4", or "All nodes placed on [..". Then,
    // indented by two, a line a node: "  Shape (shared/shape)".
    const auto start = at + kPlacedOn.size();
    provider_ = message.substr(start, message.find(']', start) - start);
    const int nodes = number_after(message, kCount);
    nodes_ += nodes;
    nodes_on_cpu_ += provider_ == kCpu ? nodes : 0;
    return;
  }
  const bool is_node = message.starts_with("  ") && message.ends_with(")") && !provider_.empty();
  if (!is_node) {
    provider_.clear();
    return;
  }
  const auto operation = std::string(message.substr(2, message.find(' ', 2) - 2));
  if (operation.starts_with("Memcpy")) {
    ++copies_;
  } else if (provider_ == kCpu) {
    ++ops_on_cpu_[operation];
  }
}

Json Placement::to_json() const {
  Json json = Json::object();
  if (nodes_ == 0) {
    return json;
  }
  json["nodes"] = nodes_;
  json["nodes_on_cpu"] = nodes_on_cpu_;
  json["ops_on_cpu"] = Json::object();
  for (const auto& [operation, count] : ops_on_cpu_) {
    json["ops_on_cpu"][operation] = count;
  }
  json["copies_between_devices"] = copies_;
  return json;
}

}  // namespace inferscale::onnxruntime
