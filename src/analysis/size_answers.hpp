#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/size_curve.hpp"
#include "analysis/verdict.hpp"

// The one engine that decides: decision.json, the report and `recommend` ask it, so they cannot differ.

namespace inferscale::analysis {

/// What may be chosen: a backend of one machine.
struct Contender {
  std::string machine;
  std::string backend;
  std::vector<CurvePoint> curve;  ///< as size_curve() makes it
  double bits = 0;                ///< of a weight; 0: not known
};

/// A contender at one size.
struct Place {
  std::size_t contender = 0;
  Basis basis = Basis::measured;
  std::vector<std::string> models;  ///< that its figures come from: one, the two neighbours, or all
  CurveFigures figures;
  std::size_t low = 0, high = 0;  ///< its points on both sides, alike where it is measured
  RatioTest behind_best;          ///< the best / this
  RatioTest behind_use;           ///< the one to use / this
  /// The best, and the one to use, seen from here: `faster` means that this one is behind.
  Verdict best_is = Verdict::alike, use_is = Verdict::alike;
};

/// All contenders at one size, best mean first.
struct Standing {
  double parameters = 0;
  std::string model;  ///< measured; empty: none
  Basis basis = Basis::measured;
  std::vector<Place> places;
  std::size_t use = 0;  ///< place of the one to use

  [[nodiscard]] bool empty() const { return places.empty(); }
};

class SizeAnswers {
 public:
  SizeAnswers(std::vector<Contender> contenders, double indifference);

  struct Measured {
    std::string model;
    double parameters = 0;
  };
  /// Models at which a contender is measured, by ascending size, then name.
  [[nodiscard]] const std::vector<Measured>& measured() const { return measured_; }
  /// Their different sizes.
  [[nodiscard]] const std::vector<double>& sizes() const { return sizes_; }
  [[nodiscard]] const std::vector<Contender>& contenders() const { return contenders_; }
  [[nodiscard]] double indifference() const { return indifference_; }

  /// At a measured model.
  [[nodiscard]] Standing at_model(const std::string& model) const;
  /// At a size that is none of the measured ones: on lines between the neighbours; outside, with
  /// `extrapolate`, on lines through all sizes, else without places.
  [[nodiscard]] Standing at(double parameters, bool extrapolate = false) const;

  /// The places again, in their order and against the best and the one to use of those that are left.
  [[nodiscard]] Standing rank(Standing standing) const;

  /// The contender to use at each of measured(): as few different ones from small to large as leave no size
  /// with one that is known to be slower than the best by more than the indifference; of those the ones with
  /// the best means, and where another is alike at every size of a stretch and has more bits a weight, that:
  /// it needs no calibration, and computes more exactly.
  [[nodiscard]] const std::vector<std::size_t>& uses() const { return uses_; }

 private:
  /// Whether the contender's machine measured a model of that size.
  [[nodiscard]] bool measures(std::size_t contender, double parameters) const;
  [[nodiscard]] std::optional<Place> place_between(std::size_t contender, double parameters) const;
  [[nodiscard]] std::optional<Place> place_beyond(std::size_t contender, double parameters) const;
  [[nodiscard]] RatioTest compare(const Standing& standing, const Place& first, const Place& second) const;
  [[nodiscard]] RatioTest compare_between(double parameters, const Place& first, const Place& second) const;
  [[nodiscard]] RatioTest compare_beyond(double parameters, const Place& first, const Place& second) const;
  [[nodiscard]] double half_width(std::size_t first, std::size_t first_point, std::size_t second,
                                  std::size_t second_point) const;
  [[nodiscard]] std::size_t use_at(const Standing& standing) const;
  void choose();
  void prefer_more_bits();

  std::vector<Contender> contenders_;
  std::vector<std::vector<CurvePoint>> points_;  ///< of each contender, one a size
  std::map<std::string, std::vector<double>> machine_sizes_;
  std::vector<Measured> measured_;
  std::vector<double> sizes_;
  std::vector<std::size_t> uses_;
  double indifference_ = kIndifference;
  using Pair = std::pair<std::size_t, std::size_t>;
  std::map<Pair, double> roughness_;  ///< of the log ratio, by pair: see roughness()
  mutable std::map<std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>, double> half_widths_;
};

/// The contenders of a study in a mode over those scenarios.
std::vector<Contender> contenders_of(const StudyIndex& index, protocol::Mode mode,
                                     const std::vector<int>& scenarios, const std::string& machine = {});

/// How far the log ratio of two backends strays from straight lines between sizes, as the variance a unit of
/// log size of a random walk: the mean over the inner sizes of r^2 (1/g1 + 1/g2), with r the distance to the
/// line between the neighbours at log distances g1 and g2. 0 with fewer than 3 sizes: not known.
double roughness(const std::vector<double>& log_sizes, const std::vector<double>& log_ratios);

}  // namespace inferscale::analysis
