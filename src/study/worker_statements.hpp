#pragma once

#include <string>

#include "core/json.hpp"
#include "protocol/messages.hpp"

// What a worker says beside its figures, before it is kept: the worker need not be ours.

namespace inferscale::study {

/// `said`, or where it has more than 64 KiB of JSON an object that says how much was left out.
Json bounded_statement(Json said);

/// Where the worker says that it computes with other threads, or on other CPUs, than it was asked for: a
/// sentence of both. Empty where it says that it does as asked, or says nothing.
std::string not_as_asked(const protocol::LoadRequest& asked, const protocol::LoadedReply& loaded);

/// A number of seconds, or of MiB, that no clock and no machine can have given is Outcome::invalid_output.
Result<void> check_loaded(const protocol::LoadedReply& loaded);

/// The memory that a measurement says, MiB; the same.
Result<void> check_memory(double memory_mb);

}  // namespace inferscale::study
