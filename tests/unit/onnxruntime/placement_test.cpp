#include "placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "gpu_provider.hpp"

namespace inferscale::onnxruntime {
namespace {

/// The log of a session whose graph is split, as ONNX Runtime 1.32 words it.
TEST(Placement, CountsNodesByDeviceAndCopies) {
  Placement placement;
  for (const char* message :
       {"Node placements", " Node(s) placed on [CPUExecutionProvider]. Number of nodes: 3",
        "  Shape (shared/shape)", "  Gather (shared/length)", "  Gather (head/last)",
        " Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 2", "  Gemm (h.0.attn.c_attn)",
        "  MemcpyToHost (Memcpy)", "SaveMLValueNameIndexMapping", "  not a node (but after the list)"}) {
    placement.read(message);
  }
  const Json json = placement.to_json();
  EXPECT_EQ(json["nodes"], 5);
  EXPECT_EQ(json["nodes_on_cpu"], 3);
  EXPECT_EQ(json["ops_on_cpu"], Json::parse(R"({"Gather": 2, "Shape": 1})"));
  EXPECT_EQ(json["copies_between_devices"], 1);
}

TEST(Placement, OfOneDeviceOnly) {
  Placement placement;
  placement.read(" All nodes placed on [CUDAExecutionProvider]. Number of nodes: 130");
  EXPECT_EQ(placement.to_json()["nodes"], 130);
  EXPECT_EQ(placement.to_json()["nodes_on_cpu"], 0);
}

TEST(Placement, OfOtherMessagesIsNothing) {
  Placement placement;
  placement.read("  Extending arena (by 1 MB)");
  placement.read("Session successfully initialized.");
  EXPECT_TRUE(placement.to_json().empty());
}

TEST(NeededLibraries, AreThoseOfTheFile) {
  const auto needed = needed_libraries("/proc/self/exe");
  EXPECT_NE(std::find_if(needed.begin(), needed.end(),
                         [](const std::string& name) { return name.starts_with("libstdc++.so"); }),
            needed.end());
  EXPECT_TRUE(needed_libraries("/proc/self/status").empty());
  EXPECT_TRUE(needed_libraries("/no/such/file").empty());
}

/// The build's ONNX Runtime is a CPU one: the reason names what is missing.
TEST(GpuProvider, SaysWhyItCannotBeUsed) {
  const auto& provider = find_cuda_provider();
  if (provider.library.empty()) {
    EXPECT_NE(provider.unusable_because.find("onnxruntime-gpu"), std::string::npos)
        << provider.unusable_because;
  } else {
    EXPECT_GT(provider.cuda_major, 0);
  }
}

}  // namespace
}  // namespace inferscale::onnxruntime
