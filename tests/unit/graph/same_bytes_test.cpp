#include <gtest/gtest.h>

#include <fstream>

#include "core/sha256.hpp"
#include "exported.hpp"
#include "family/families.hpp"
#include "graph/decoder.hpp"

// Exported files stay the same to the byte: artifacts in stores are found again by what they were made from,
// so an exporter that writes other bytes for the same key would mix two graphs under one name. same_bytes.txt
// has a line a case: its name and the SHA-256 of its file. A change of these bytes goes with a higher
// kExporterVersion.

namespace inferscale::test {

using namespace graph;
using namespace onnx_graph;

namespace {

struct Case {
  std::string name;
  ExportSettings settings;
};

/// Every activation that a graph of the ladder may quantise, each with a limit of its own.
std::map<std::string, float> limits() {
  std::map<std::string, float> limits{{"ln_f", 3.5F}, {"norm", 3.5F}};
  for (int layer = 0; layer < 12; ++layer) {
    float limit = 1.0F + static_cast<float>(layer);
    for (const char* name : {"ln_1", "attn/joined", "ln_2", "mlp/gelu"}) {
      limits[fmt::format("h.{}.{}", layer, name)] = limit;
      limit *= 1.25F;
    }
    limits[fmt::format("layers.{}.input_layernorm", layer)] = limit;
    limits[fmt::format("layers.{}.post_attention_layernorm", layer)] = limit * 1.25F;
    limits[fmt::format("h.{}.mlp/inner_gated", layer)] = limit * 1.5F;
  }
  return limits;
}

void add_int8(std::vector<Case>& cases, const std::string& name, ExportSettings settings) {
  settings.precision = Precision::int8;
  for (const auto form : {QuantizationForm::qdq, QuantizationForm::dynamic}) {
    for (const int bits : {kNarrowWeightBits, kWeightBits}) {
      for (const bool head : {false, true}) {
        for (const bool exact : {false, true}) {
          settings.quantization = {form, head, bits, exact, limits()};
          cases.push_back({fmt::format("{} int8 {} {}{}{}", name, to_string(form), bits, head ? " head" : "",
                                       exact ? " exact" : ""),
                           settings});
        }
      }
    }
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto scope : {protocol::LogitsScope::all, protocol::LogitsScope::last}) {
    for (const int blocks : {0, 1}) {
      const std::string name = fmt::format("{}{}", to_string(scope), blocks == 1 ? " one-block" : "");
      ExportSettings settings;
      settings.logits = scope;
      settings.blocks = blocks;
      cases.push_back({name + " fp32", settings});
      settings.observed = true;
      cases.push_back({name + " fp32 observed", settings});
      settings.observed = false;
      settings.precision = Precision::fp16;
      cases.push_back({name + " fp16", settings});
      settings.half_logits = true;
      cases.push_back({name + " fp16 half-logits", settings});
      settings.half_logits = false;
      add_int8(cases, name, settings);
    }
  }
  return cases;
}

class SameBytes : public ::testing::Test {
 protected:
  void check(const std::string& name, const std::string& sha256) {
    const auto found = expected_.find(name);
    EXPECT_TRUE(found != expected_.end() && found->second == sha256) << name << ": " << sha256;
  }

  std::map<std::string, std::string> expected_ = [] {
    std::map<std::string, std::string> read;
    std::ifstream file(INFERSCALE_SOURCE_DIR "/tests/unit/graph/same_bytes.txt");
    for (std::string line; std::getline(file, line);) {
      const auto colon = line.rfind(": ");
      read[line.substr(0, colon)] = line.substr(colon + 2);
    }
    return read;
  }();
};

TEST_F(SameBytes, OfFiles) {
  for (const char* model :
       {"tiny-gpt2", "gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32",
        "gpt2:layers=1,hidden=15,heads=3,vocabulary=53,positions=24,inner=37",
        "llama:layers=2,hidden=16,heads=4,kv_heads=2,vocabulary=61,positions=32,inner=24",
        "qwen2:layers=1,hidden=16,heads=2,kv_heads=1,vocabulary=53,positions=24,inner=20",
        "qwen3:layers=1,hidden=12,heads=3,head_size=8,vocabulary=37,positions=16,inner=20"}) {
    const TemporaryFolder folder;
    const auto source = seeded_source(folder, *model::parse_model_name(model));
    for (const Case& one : all_cases()) {
      const auto made = export_onnx(source, one.settings, folder / "graph.onnx");
      ASSERT_TRUE(made) << made.error().message;
      check(fmt::format("{}: {}", model, one.name), made->graph.sha256);
    }
  }
}

/// Without weights, so for every rung.
TEST_F(SameBytes, OfGraphs) {
  for (const auto& rung : family::gpt2().ladder()) {
    for (const Case& one : all_cases()) {
      if (one.settings.blocks == 0) {
        check(fmt::format("{}: graph: {}", rung.name, one.name),
              sha256_hex(build_decoder(rung, one.settings).SerializeAsString()));
      }
    }
  }
}

}  // namespace
}  // namespace inferscale::test
