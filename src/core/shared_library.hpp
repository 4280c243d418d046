#pragma once

#include <string>

#include "core/error.hpp"

namespace inferscale {

/// A library that is there or is not: opened at run time, closed never (drivers do not survive it).
class SharedLibrary {
 public:
  /// By name, as the dynamic linker looks for it, or by path. The error is the linker's own words.
  static Result<SharedLibrary> open(const std::string& name);

  /// A function by its C name; nullptr when this version of the library has none.
  template <class Function>
  [[nodiscard]] Function* find(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  [[nodiscard]] void* symbol(const char* name) const;
  void* handle_;
};

}  // namespace inferscale
