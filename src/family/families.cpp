#include "family/families.hpp"

#include <algorithm>

#include "family/config_fields.hpp"
#include "model/safetensors.hpp"

namespace inferscale::family {
namespace {

/// "only gpt2, llama and mistral are supported": what model_type may say.
std::string types_of_all() {
  std::vector<std::string_view> all;
  for (const model::Family* one : families()) {
    all.insert(all.end(), one->model_types.begin(), one->model_types.end());
  }
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += i == 0 ? "" : (i + 1 == all.size() ? " and " : ", ");
    text += all[i];
  }
  return fmt::format("only {} are supported", text);
}

/// By model_type, or by the class in configs from before model_type existed.
const model::Family* family_of(const Json& json) {
  const Json* type = field_of(json, "model_type");
  const Json* classes = field_of(json, "architectures");
  for (const model::Family* one : families()) {
    if (type != nullptr) {
      const auto& types = one->model_types;
      if (type->is_string() &&
          std::find(types.begin(), types.end(), type->get<std::string>()) != types.end()) {
        return one;
      }
    } else if (classes != nullptr && classes->is_array() && !classes->empty() &&
               classes->front().is_string() &&
               classes->front().get<std::string>().rfind(one->class_prefix, 0) == 0) {
      return one;
    }
  }
  return nullptr;
}

}  // namespace

const std::vector<const model::Family*>& families() {
  static const std::vector<const model::Family*> all{&gpt2(), &opt(), &llama(), &qwen2(), &qwen3()};
  return all;
}

Result<model::DecoderSpec> read_hugging_face_config(const std::filesystem::path& config_file) {
  const std::string place = config_file.string();
  TRY_ASSIGN(const Json json, read_json_file(config_file));
  if (!json.is_object()) {
    return fail("{}: must be a JSON object", place);
  }
  const model::Family* found = family_of(json);
  if (found == nullptr) {
    if (const Json* type = field_of(json, "model_type")) {
      return fail("{}: model_type is {}, but {}", place, model::printable(to_line(*type)), types_of_all());
    }
    return fail("{}: field 'model_type' is missing; {}", place, types_of_all());
  }
  TRY_ASSIGN(model::DecoderSpec spec, found->read_config(json, place));
  spec.family = found;
  if (auto valid = validate(spec, found->config_names(json)); !valid) {
    return tl::unexpected(valid.error().in(place));
  }
  spec.inner = inner_size(spec);
  return spec;
}

}  // namespace inferscale::family
