#include "redact/options.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace face_privacy {
namespace {

constexpr std::array<std::pair<std::string_view, Style>, 3> kStyles = {
    {{"blur", Style::kBlur}, {"pixelate", Style::kPixelate}, {"fill", Style::kFill}}};
constexpr std::array<std::pair<std::string_view, Shape>, 2> kShapes = {
    {{"ellipse", Shape::kEllipse}, {"box", Shape::kBox}}};

// The sixteen basic color keywords of CSS, both spellings of grey, and orange.
constexpr std::array<std::pair<std::string_view, Color>, 18> kColors = {{{"black", {0, 0, 0}},
                                                                         {"silver", {192, 192, 192}},
                                                                         {"gray", {128, 128, 128}},
                                                                         {"grey", {128, 128, 128}},
                                                                         {"white", {255, 255, 255}},
                                                                         {"maroon", {128, 0, 0}},
                                                                         {"red", {255, 0, 0}},
                                                                         {"purple", {128, 0, 128}},
                                                                         {"fuchsia", {255, 0, 255}},
                                                                         {"green", {0, 128, 0}},
                                                                         {"lime", {0, 255, 0}},
                                                                         {"olive", {128, 128, 0}},
                                                                         {"yellow", {255, 255, 0}},
                                                                         {"navy", {0, 0, 128}},
                                                                         {"blue", {0, 0, 255}},
                                                                         {"teal", {0, 128, 128}},
                                                                         {"aqua", {0, 255, 255}},
                                                                         {"orange", {255, 165, 0}}}};

template <class Table>
auto value_for(const Table& table, std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == name; });
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  return std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.second == value; })
      ->first;
}

char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

std::string_view name_of(Style style) { return name_in(kStyles, style); }
std::string_view name_of(Shape shape) { return name_in(kShapes, shape); }
std::optional<Style> style_from_name(std::string_view name) { return value_for(kStyles, name); }
std::optional<Shape> shape_from_name(std::string_view name) { return value_for(kShapes, name); }

std::optional<Color> color_from_text(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  if (const auto named = value_for(kColors, lower)) return named;

  std::string digits = lower.starts_with('#') ? lower.substr(1) : lower;
  if (lower.starts_with('#') && digits.size() == 3) {
    digits = {digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]};
  }
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 6 || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return Color{static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
               static_cast<std::uint8_t>(value)};
}

}  // namespace face_privacy
