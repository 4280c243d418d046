#pragma once

#include <string>

#include "machine/cpus.hpp"
#include "model/spec.hpp"
#include "protocol/requests.hpp"

namespace inferscale::test {

/// For a backend and a model, on every CPU of this process; files, scope and seed are the caller's to name.
inline Result<protocol::LoadRequest> load_request_of(const std::string& backend,
                                                     const model::DecoderSpec& config) {
  protocol::LoadRequest request;
  request.backend = backend;
  TRY_ASSIGN(request.cpus, machine::choose_cpus(0));
  request.threads = static_cast<int>(request.cpus.size());
  request.vocabulary = config.vocabulary;
  request.max_positions = config.positions;
  return request;
}

}  // namespace inferscale::test
