#include "record/int8_form.hpp"

#include <gtest/gtest.h>

#include "artifact/backend_graph.hpp"
#include "record/catalog.hpp"

namespace inferscale::artifact {
namespace {

/// Who reads a plan must come to the form that the graph was made in.
TEST(Int8Form, IsTheFormOfTheGraphThatIsMade) {
  const std::vector<Json> forms{Json::object(), Json{{"form", "qdq"}}, Json{{"form", "dynamic"}},
                                Json{{"form", "static"}}, Json{{"form", 8}}};
  int graphs = 0;
  for (const record::KnownBackend& known : record::known_backends()) {
    for (const Json& options : forms) {
      if (known.info.graph_precision != "int8") {
        continue;
      }
      const auto choice = quantization_choice(known.info, options);
      EXPECT_EQ(record::int8_form(known.info, options), choice ? to_string(choice->form) : "")
          << known.info.name << options;
      ++graphs;
    }
  }
  EXPECT_GT(graphs, 5);
}

}  // namespace
}  // namespace inferscale::artifact
