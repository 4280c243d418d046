// A colour a backend: hue by runtime and device, shade by precision, contrast by lightness.
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "report/pictures.hpp"
#include "report/sections.hpp"

namespace inferscale::report {

using analysis::BackendFacts;

namespace {

double to_srgb(double linear) {
  const double value = std::clamp(linear, 0.0, 1.0);
  return value <= 0.0031308 ? 12.92 * value : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
}

/// OKLCH, in which equal lightness looks equally light in every hue. Ottosson (2020), "A perceptual color
/// space for image processing".
std::string hex_of(double lightness, double chroma, double hue_degrees) {
  constexpr double kRadians = 3.14159265358979323846 / 180;
  const double a = chroma * std::cos(hue_degrees * kRadians);
  const double b = chroma * std::sin(hue_degrees * kRadians);
  const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  const std::array linear{4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                          -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                          -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
  std::string hex = "#";
  for (const double one : linear) {
    hex += fmt::format("{:02x}", static_cast<int>(std::lround(255 * to_srgb(one))));
  }
  return hex;
}

unsigned hash_of(std::string_view text) {
  unsigned hash = 2166136261U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return hash;
}

/// Degrees apart that runtimes' hues lie; what is not known gets one of those between.
double hue_of(const std::string& runtime) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kHues{{{"ONNX Runtime", 255},
                                                                      {"OpenVINO", 300},
                                                                      {"TensorRT", 85},
                                                                      {"transformers", 20},
                                                                      {"llama.cpp", 150},
                                                                      {"vLLM", 210}}};
  for (const auto& [name, hue] : kHues) {
    if (name == runtime) {
      return hue;
    }
  }
  constexpr unsigned kStep = 24;
  return 15.0 * (hash_of(runtime) % kStep);
}

/// From dark to light on white.
double lightness_of(const std::string& precision) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kShades{
      {{"fp32", 0.37}, {"tf32", 0.43}, {"fp16", 0.50}, {"bf16", 0.55}, {"int8", 0.63}, {"int4", 0.64}}};
  for (const auto& [name, shade] : kShades) {
    if (name == precision) {
      return shade;
    }
  }
  return 0.48;
}

double luminance(std::string_view hex) {
  std::array<double, 3> linear{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = std::stoi(std::string(hex.substr(1 + 2 * i, 2)), nullptr, 16) / 255.0;
    linear[i] = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

}  // namespace

double contrast(std::string_view first, std::string_view second) {
  const double a = luminance(first);
  const double b = luminance(second);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

Colour colour_of(const BackendFacts& backend, const Json& environment) {
  std::string runtime = backend.name;
  if (environment.is_object() && environment.contains("backends") &&
      environment["backends"].contains(backend.name)) {
    runtime = field_text(environment["backends"][backend.name], "runtime");
  }
  Colour colour;
  colour.name = "c-";
  for (const char c : backend.name) {
    colour.name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  }
  constexpr double kGpuTurn = -30;
  constexpr double kBrighter = 0.22;
  const double hue = hue_of(runtime) + (backend.device == "cuda" ? kGpuTurn : 0);
  const double lightness = lightness_of(backend.precision);
  colour.light = hex_of(lightness, 0.15, hue);
  colour.dark = hex_of(lightness + kBrighter, 0.12, hue);
  return colour;
}

std::string class_of(const analysis::Analysis& analysis, const std::vector<Colour>& colours,
                     const std::string& backend) {
  for (std::size_t i = 0; i < analysis.backends.size() && i < colours.size(); ++i) {
    if (analysis.backends[i].name == backend) {
      return colours[i].name;
    }
  }
  return {};
}

std::vector<Colour> colours_of(const std::vector<BackendFacts>& backends, const Json& environment) {
  std::vector<Colour> colours;
  for (const BackendFacts& backend : backends) {
    Colour colour = colour_of(backend, environment);
    // Two of one runtime, device and precision: the later one is turned, in the order of the plan.
    const auto taken = std::count_if(colours.begin(), colours.end(),
                                     [&](const Colour& one) { return one.light == colour.light; });
    if (taken > 0) {
      BackendFacts other = backend;
      other.precision = taken == 1 ? "tf32" : "bf16";
      const std::string name = colour.name;
      colour = colour_of(other, environment);
      colour.name = name;
    }
    colours.push_back(std::move(colour));
  }
  return colours;
}

}  // namespace inferscale::report
