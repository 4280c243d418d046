#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::cli {

// One function a command, each in its own file. It registers the subcommand and a callback, which sets
// `exit_code`: 0 ok, 1 the work or a gate failed, 2 wrong usage, 3 nothing could be told. Results go to
// stdout, progress and logs to stderr. main.cpp calls them in the order in which `inferscale --help` lists
// them.

constexpr int kInconclusive = 3;

void add_study_command(CLI::App& app, int& exit_code);
void add_models_command(CLI::App& app, int& exit_code);
void add_doctor_command(CLI::App& app, int& exit_code);
void add_backends_command(CLI::App& app, int& exit_code);
void add_bench_command(CLI::App& app, int& exit_code);
void add_perplexity_command(CLI::App& app, int& exit_code);
void add_build_command(CLI::App& app, int& exit_code);
void add_export_command(CLI::App& app, int& exit_code);
void add_report_command(CLI::App& app, int& exit_code);
void add_analyze_command(CLI::App& app, int& exit_code);
void add_compare_command(CLI::App& app, int& exit_code);
void add_audit_command(CLI::App& app, int& exit_code);
void add_crossover_command(CLI::App& app, int& exit_code);
void add_recommend_command(CLI::App& app, int& exit_code);
void add_generate_command(CLI::App& app, int& exit_code);
void add_verify_command(CLI::App& app, int& exit_code);
void add_artifacts_command(CLI::App& app, int& exit_code);
void add_fields_command(CLI::App& app, int& exit_code);
void add_help_command(CLI::App& app, int& exit_code);
void add_completion_command(CLI::App& app, int& exit_code);

/// Prints "inferscale: message" to stderr; returns 2 for errors in what the user asked for, else 1.
int report_error(const Error& error);
/// Prints "inferscale: interrupted; ..." to stderr; returns 128 + the signal that an InterruptGuard saw.
int report_interrupted(std::string_view what_is_kept);

}  // namespace inferscale::cli
