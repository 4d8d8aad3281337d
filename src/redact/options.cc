#include "redact/options.h"

#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace face_privacy {
namespace {

constexpr std::array kStyles{std::pair{Style::kBlur, "blur"}, std::pair{Style::kPixelate, "pixelate"},
                             std::pair{Style::kFill, "fill"}};
constexpr std::array kShapes{std::pair{Shape::kEllipse, "ellipse"}, std::pair{Shape::kBox, "box"}};

// The sixteen basic colour names of CSS.
constexpr std::array kColors{
    std::pair{"black", 0x000000U},  std::pair{"silver", 0xC0C0C0U},  std::pair{"gray", 0x808080U},
    std::pair{"white", 0xFFFFFFU},  std::pair{"maroon", 0x800000U},  std::pair{"red", 0xFF0000U},
    std::pair{"purple", 0x800080U}, std::pair{"fuchsia", 0xFF00FFU}, std::pair{"green", 0x008000U},
    std::pair{"lime", 0x00FF00U},   std::pair{"olive", 0x808000U},   std::pair{"yellow", 0xFFFF00U},
    std::pair{"navy", 0x000080U},   std::pair{"blue", 0x0000FFU},    std::pair{"teal", 0x008080U},
    std::pair{"aqua", 0x00FFFFU}};

Color from_number(unsigned rgb) {
  return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8 & 255),
          static_cast<std::uint8_t>(rgb & 255)};
}

std::optional<unsigned> hex_number(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return value;
}

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [one, name] : table) {
    if (one == value) return name;
  }
  return "";
}

template <class Value, class Table>
std::optional<Value> value_in(const Table& table, std::string_view name) {
  for (const auto& [value, one] : table) {
    if (one == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Style style) { return name_in(kStyles, style); }
std::string_view name_of(Shape shape) { return name_in(kShapes, shape); }
std::optional<Style> style_from_name(std::string_view name) { return value_in<Style>(kStyles, name); }
std::optional<Shape> shape_from_name(std::string_view name) { return value_in<Shape>(kShapes, name); }

std::optional<Color> color_from_text(std::string_view text) {
  for (const auto& [name, rgb] : kColors) {
    if (text == name) return from_number(rgb);
  }
  if (text.starts_with('#')) text.remove_prefix(1);
  const auto number = hex_number(text);
  if (!number) return std::nullopt;
  if (text.size() == 6) return from_number(*number);
  if (text.size() != 3) return std::nullopt;
  const unsigned red = *number >> 8;
  const unsigned green = *number >> 4 & 15;
  const unsigned blue = *number & 15;
  return from_number(red * 0x110000 + green * 0x1100 + blue * 0x11);
}

}  // namespace face_privacy
