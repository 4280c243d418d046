#pragma once

#include <string>
#include <vector>

#include "report/svg.hpp"

namespace inferscale::report {

/// The colours of gnuplot's pictures, as scripts give them (the light ones), each under the name of its CSS
/// variable and with its dark one: as in pictures that the program draws, the screen decides which is shown.
const std::vector<Colour>& plot_inks();

/// gnuplot's picture with its colours by name.
std::string with_named_inks(std::string svg);
/// What gives the names their colours: the text of a <style> for elements of class "gp".
std::string ink_style();

/// Of series 1, 2, ...: the names of their inks.
const std::vector<std::string>& series_inks();
/// "#0072b2" of an ink, for scripts.
std::string ink_for_script(const std::string& name);

}  // namespace inferscale::report
