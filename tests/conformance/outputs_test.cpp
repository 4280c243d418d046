#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "core/files.hpp"
#include "protocol/needs.hpp"
#include "workers.hpp"

// Same inputs, same outputs: against what transformers computed from the same weights (tests/golden/parity),
// within the precision's tolerance, and greedy tokens between backends.

namespace inferscale::test {

using namespace protocol;

namespace {

/// Of the largest difference, relative to the largest logit; of int4 as root mean squares, since rounding to
/// 16 levels moves single logits of models this small by as much as the largest has.
double tolerance(const std::string& precision) {
  static const std::map<std::string, double> tolerances{{"fp32", 1e-4}, {"tf32", 1e-2}, {"fp16", 2e-2},
                                                        {"bf16", 1e-1}, {"int8", 3e-1}, {"int4", 5e-1}};
  const auto found = tolerances.find(precision);
  return found == tolerances.end() ? 0 : found->second;
}

Result<std::vector<float>> read_floats(const std::filesystem::path& file) {
  TRY_ASSIGN(const std::string bytes, read_file(file));
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

struct ReferenceCase {
  std::vector<std::vector<std::int32_t>> tokens;
  std::span<const float> logits;  ///< [batch, length, vocabulary]
};

struct Reference {
  model::Model model;
  std::vector<float> logits;
  std::vector<ReferenceCase> cases;
};

Result<Reference> read_reference(const std::string& name) {
  const auto folder = std::filesystem::path(INFERSCALE_SOURCE_DIR) / "tests/golden/parity" / name;
  Reference reference;
  TRY_ASSIGN(reference.model, model::resolve_model(folder.string()));
  TRY_ASSIGN(reference.logits, read_floats(folder / "logits.f32"));
  TRY_ASSIGN(const Json json, read_json_file(folder / "reference.json"));
  for (const auto& item : json["cases"]) {
    const auto batch = item["batch"].get<std::size_t>();
    const auto length = item["length"].get<std::size_t>();
    const auto ids = item["ids"].get<std::vector<std::int32_t>>();
    ReferenceCase one;
    for (std::size_t i = 0; i < batch; ++i) {
      const auto row = ids.begin() + static_cast<std::ptrdiff_t>(i * length);
      one.tokens.emplace_back(row, row + static_cast<std::ptrdiff_t>(length));
    }
    one.logits = std::span(reference.logits)
                     .subspan(item["offset"].get<std::size_t>(),
                              batch * length * static_cast<std::size_t>(reference.model.config.vocabulary));
    reference.cases.push_back(std::move(one));
  }
  return reference;
}

double root_mean_square(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) {
    sum += static_cast<double>(value) * value;
  }
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double largest_magnitude(std::span<const float> values) {
  double largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  return largest;
}

/// Where the largest difference is, for a failure's message.
std::string worst_of(std::span<const float> differences, std::span<const float> expected,
                     std::size_t vocabulary) {
  const auto worst = std::max_element(differences.begin(), differences.end(),
                                      [](float a, float b) { return std::abs(a) < std::abs(b); });
  const auto place = static_cast<std::size_t>(worst - differences.begin());
  return fmt::format(": row {}, token {} is off by {} from {}; root mean square {}", place / vocabulary,
                     place % vocabulary, *worst, expected[place], root_mean_square(differences));
}

/// The reference's logits that a scope asks for: all, or those of each sequence's last position.
std::vector<float> in_scope(const ReferenceCase& one, LogitsScope scope, std::size_t vocabulary) {
  if (scope == LogitsScope::all) {
    return {one.logits.begin(), one.logits.end()};
  }
  std::vector<float> last;
  const std::size_t row = one.tokens[0].size() * vocabulary;
  for (std::size_t i = 0; i < one.tokens.size(); ++i) {
    const auto end = one.logits.begin() + static_cast<std::ptrdiff_t>((i + 1) * row);
    last.insert(last.end(), end - static_cast<std::ptrdiff_t>(vocabulary), end);
  }
  return last;
}

/// Engines take long to build, and those of one scope say of a family what those of the other do.
std::vector<LogitsScope> scopes_of(const BackendInfo& backend) {
  return is_built(backend) ? std::vector{LogitsScope::all} : std::vector{LogitsScope::all, LogitsScope::last};
}

/// Folders of tests/golden/parity.
const std::vector<std::string> kReferences{"two-layers",   "odd-shape",    "three-layers",  "relu",
                                           "exact-gelu",   "opt",          "opt-untied",    "llama",
                                           "llama-biases", "llama-linear", "llama-dynamic", "llama3",
                                           "llama-yarn",   "mistral",      "qwen2",         "qwen3"};

class Families : public ModelTest {};

TEST_P(Families, AreThoseOfTransformers) {
  const BackendInfo& info = backend().info;
  if (info.artifact == "none") {
    GTEST_SKIP() << "it computes no model";
  }
  const auto reference = read_reference(model_name());
  ASSERT_TRUE(reference) << reference.error().message;
  const auto vocabulary = static_cast<std::size_t>(reference->model.config.vocabulary);
  for (const LogitsScope scope : scopes_of(info)) {
    auto session = start_loaded_worker(backend(), reference->model, scope);
    for (const auto& one : reference->cases) {
      const auto reply = session.logits({one.tokens, folder_ / "logits"}, soon());
      ASSERT_TRUE(reply) << reply.error().message;
      const auto computed = read_floats(folder_ / "logits");
      ASSERT_TRUE(computed);
      const auto expected = in_scope(one, scope, vocabulary);
      ASSERT_EQ(computed->size(), expected.size());
      std::vector<float> differences(expected.size());
      std::transform(expected.begin(), expected.end(), computed->begin(), differences.begin(),
                     [](float wanted, float found) { return found - wanted; });
      const auto size = info.precision == "int4" ? root_mean_square : largest_magnitude;
      EXPECT_LE(size(differences), tolerance(info.precision) * size(one.logits))
          << "logits " << to_string(scope) << ", batch " << one.tokens.size() << ", length "
          << one.tokens[0].size() << worst_of(differences, expected, vocabulary);
    }
  }
}

INFERSCALE_FOR_EVERY_MODEL_AND_BACKEND(Families, kReferences);

class Outputs : public BackendTest {};

TEST_P(Outputs, OfGenerateFollowFromTheLogits) {
  auto session = start_loaded();
  MeasureRequest request;
  request.scenario = {"follow", 1, 6};
  request.mode = Mode::generate;
  request.new_tokens = 5;
  request.token_seed = 0;
  request.stop.max_s = 0.02;
  const auto measured = session.measure(request, soon());
  ASSERT_TRUE(measured) << measured.error().message;
  // The first six numbers of SplitMix64 from seed 0, modulo 61: computed by an independent program.
  std::vector<std::int32_t> sequence{30, 44, 43, 28, 7, 35};
  for (const std::int32_t token : measured->new_tokens.at(0)) {
    ASSERT_TRUE(session.logits({{sequence}, folder_ / "logits"}, soon()));
    const auto logits = read_floats(folder_ / "logits");
    ASSERT_TRUE(logits);
    const auto last = logits->end() - small_model().config.vocabulary;
    EXPECT_EQ(token, std::max_element(last, logits->end()) - last);
    sequence.push_back(token);
  }
}

INFERSCALE_FOR_EVERY_BACKEND(Outputs);

/// fp32 backends of the same weights may not differ in a single greedy token.
TEST(Agreement, GreedyTokensAreEqualOverBackends) {
  const auto model = model::resolve_model("tiny-gpt2");
  ASSERT_TRUE(model);
  std::map<std::string, std::vector<std::vector<std::int32_t>>> tokens;
  for (const auto& backend : usable_backends()) {
    if (backend.info.artifact == "none" || backend.info.precision != "fp32") {
      continue;
    }
    auto session = client::WorkerSession::start(backend.executable);
    ASSERT_TRUE(session);
    ASSERT_TRUE(load(*session, load_request(backend, *model, LogitsScope::all)));
    MeasureRequest request;
    request.scenario = {"batch_medium", 4, 19};
    request.mode = Mode::generate;
    request.warmup_iterations = 1;
    request.stop.max_s = 0.02;
    request.token_seed = 118;
    const auto measured = session->measure(request, soon());
    ASSERT_TRUE(measured) << measured.error().message;
    tokens[backend.info.name] = measured->new_tokens;
  }
  if (tokens.size() < 2) {
    GTEST_SKIP() << "fewer than two runtimes are installed";
  }
  for (const auto& [name, made] : tokens) {
    EXPECT_EQ(made, tokens.begin()->second) << name << " and " << tokens.begin()->first;
  }
}

}  // namespace
}  // namespace inferscale::test
