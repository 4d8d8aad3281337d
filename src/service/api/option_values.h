// The values of options, from text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace face_privacy {

// What is needed where a text is none of it, else an empty text.
using OptionError = std::string_view;
inline constexpr OptionError kNoError;

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

inline OptionError set_switch(std::string_view text, bool& value) {
  const bool yes = text == "true" || text == "1";
  if (!yes && text != "false" && text != "0") return "true or false is needed";
  value = yes;
  return kNoError;
}

}  // namespace face_privacy
