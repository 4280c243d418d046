#pragma once

#include <compare>
#include <string>

#include "record/schedule.hpp"

namespace inferscale::study {

/// A model and a backend that run together, by their names: what files are made for, and what accuracy is
/// checked of.
struct ModelBackend {
  std::string model;
  std::string backend;

  auto operator<=>(const ModelBackend&) const = default;
};

inline ModelBackend pair_of(const record::Repetition& repetition) {
  return {repetition.model, repetition.backend};
}

inline const ModelBackend& pair_of(const ModelBackend& pair) {
  return pair;
}

}  // namespace inferscale::study
