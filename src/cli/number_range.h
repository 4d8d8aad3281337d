#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <string>

namespace face_privacy {

// As CLI::Range, which takes "nan": no comparison keeps it out.
inline CLI::Validator number_in(double least, double most) {
  const auto is_one = [](std::string& text) {
    double number = 0;
    const bool is_nan = CLI::detail::lexical_cast(text, number) && std::isnan(number);
    return is_nan ? text + " is no number" : std::string();
  };
  return CLI::Range(least, most) & CLI::Validator(is_one, "");
}

}  // namespace face_privacy
