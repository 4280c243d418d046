#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "core/outcome.hpp"

namespace inferscale {

/// What went wrong, where, and what to do about it, in one sentence that a user can act on.
/// `usage` marks errors that are the caller's words (exit code 2); the rest exit with 1.
struct Error {
  std::string message;
  Outcome outcome = Outcome::error;
  bool usage = false;

  /// The same error, its message led by where it happened: "plan.json: ...".
  [[nodiscard]] Error in(std::string_view place) const;
};

/// User errors are values. tl::expected has std::expected's interface, which C++20 lacks.
template <class T>
using Result = tl::expected<T, Error>;

/// fail("{}: no tensor '{}'", file, name)
template <class... Args>
tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...)});
}

template <class... Args>
tl::unexpected<Error> fail_as(Outcome outcome, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...), outcome});
}

/// An error in what the user asked for: exit code 2.
template <class... Args>
tl::unexpected<Error> fail_usage(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...), Outcome::error, true});
}

}  // namespace inferscale

#define INFERSCALE_CONCAT_(a, b) a##b
#define INFERSCALE_CONCAT(a, b) INFERSCALE_CONCAT_(a, b)

/// TRY(expression): return its error, if it has one.
#define TRY(...)                                               \
  do {                                                         \
    if (auto try_result_ = (__VA_ARGS__); !try_result_) {      \
      return ::tl::unexpected(std::move(try_result_).error()); \
    }                                                          \
  } while (false)

/// TRY_ASSIGN(auto x, expression): declare x with the value, or return the error.
#define TRY_ASSIGN_(temporary, declaration, ...)           \
  auto temporary = (__VA_ARGS__);                          \
  if (!temporary) {                                        \
    return ::tl::unexpected(std::move(temporary).error()); \
  }                                                        \
  declaration = std::move(*temporary)
#define TRY_ASSIGN(declaration, ...) \
  TRY_ASSIGN_(INFERSCALE_CONCAT(try_result_, __LINE__), declaration, __VA_ARGS__)
