#pragma once

#include <string>
#include <vector>

#include "analysis/crossover.hpp"
#include "audit/published_tables.hpp"

namespace inferscale::audit {

/// crossover_points.csv: the two columns NAME_tok_s name the backends A and B ('_' for '-').
struct CrossoverTable {
  struct Point {
    std::string model;
    Printed parameters, first, second;
    std::optional<Printed> ratio;  ///< as published
  };
  std::string first, second;
  std::vector<Point> points;  ///< by ascending parameters
};

/// nullopt, with a note in the section, when the table or what it needs is not there.
std::optional<CrossoverTable> crossover_table(const PublishedTables& tables, AuditSection& section);

}  // namespace inferscale::audit
