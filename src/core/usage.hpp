#pragma once

#include <utility>

#include "core/error.hpp"

namespace inferscale {

/// The same result; its error, if it has one, as one in what the user gave: exit code 2.
template <class T>
Result<T> as_usage(Result<T> result) {
  if (!result) {
    result.error().usage = true;
  }
  return result;
}

}  // namespace inferscale
