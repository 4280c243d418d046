#include "record/plan_options.hpp"

#include <charconv>
#include <type_traits>

#include "record/plan_fields.hpp"

namespace inferscale::record {
namespace {

template <class Codec, class T>
concept ReadsOptions = requires(const std::string& text, T& value) { Codec::from_option(text, text, value); };

template <class T>
Result<void> set_number(std::string_view text, std::string_view option, T& value) {
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) {
    return fail_usage("{}: '{}' is not a number", option, text);
  }
  return {};
}

template <class Codec, class T>
Result<void> set_from_option(const std::string& text, std::string_view option, T& value) {
  if constexpr (ReadsOptions<Codec, T>) {
    return Codec::from_option(text, option, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    value = true;
    return {};
  } else if constexpr (std::is_arithmetic_v<T>) {
    return set_number(text, option, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text;
    return {};
  } else {
    return fail_usage("{} has no reader", option);  // never: such a setting declares no option
  }
}

template <class Codec>
concept Repeats = Codec::kRepeats;

template <class Codec, class T>
constexpr PlanOption::Kind kind_of(bool has_range) {
  if constexpr (Repeats<Codec>) {
    return PlanOption::Kind::texts;
  } else if constexpr (ReadsOptions<Codec, T> || !std::is_arithmetic_v<T>) {
    return PlanOption::Kind::text;  // 5% is no number, and its codec knows the range
  } else if constexpr (std::is_same_v<T, bool>) {
    return PlanOption::Kind::flag;
  } else if constexpr (std::is_floating_point_v<T>) {
    return PlanOption::Kind::number;
  } else {
    return has_range ? PlanOption::Kind::whole_number : PlanOption::Kind::any_whole_number;
  }
}

template <class Codec, auto... Members>
void add_option(const Field<Codec, Members...>& field, std::vector<PlanOption>& options) {
  using T = std::remove_cvref_t<decltype(field.in(std::declval<Plan&>()))>;
  const FieldFacts& facts = field.facts;
  if (facts.option.name.empty()) {
    return;
  }
  options.push_back({facts.option, kind_of<Codec, T>(facts.range.has_value()),
                     facts.range.value_or(NumberRange{}),
                     [name = facts.option.name](const std::string& text, Plan& plan) {
                       return set_from_option<Codec>(text, name, Field<Codec, Members...>::in(plan));
                     }});
}

}  // namespace

std::vector<PlanOption> plan_options() {
  std::vector<PlanOption> options;
  for_each_field(kFieldsOf<Plan>, [&](const auto& field) { add_option(field, options); });
  return options;
}

}  // namespace inferscale::record
