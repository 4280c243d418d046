#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/json.hpp"

namespace inferscale::onnxruntime {

/// Where ONNX Runtime put a graph's nodes, gathered from what a session logs while it is made: its API says
/// it from release 1.24 on only, its log in every release.
class Placement {
 public:
  /// One message of the log; others than those about placement are passed over.
  void read(std::string_view message);

  /// {"nodes", "nodes_on_cpu", "ops_on_cpu": {"Shape": 1}, "copies_between_devices"}; empty when nothing was
  /// read. Nodes that compute shapes belong on the CPU; a copy between devices is one too many.
  [[nodiscard]] Json to_json() const;

 private:
  std::string provider_;  ///< that the lines being read are about
  int nodes_ = 0;
  int nodes_on_cpu_ = 0;
  int copies_ = 0;
  std::map<std::string, int> ops_on_cpu_;
};

}  // namespace inferscale::onnxruntime
