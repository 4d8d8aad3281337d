#include "redact/options.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

bool is_color(std::string_view text, int red, int green, int blue) {
  const auto color = color_from_text(text);
  return color && color->red == red && color->green == green && color->blue == blue;
}

TEST(Options, NamesGoThereAndBack) {
  for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
    EXPECT_EQ(style_from_name(name_of(style)), style);
  }
  for (const Shape shape : {Shape::kEllipse, Shape::kBox}) EXPECT_EQ(shape_from_name(name_of(shape)), shape);
  EXPECT_FALSE(style_from_name("Blur"));
  EXPECT_FALSE(shape_from_name(""));
}

TEST(Options, ColorsAsHexOrName) {
  EXPECT_TRUE(is_color("#336699", 0x33, 0x66, 0x99));
  EXPECT_TRUE(is_color("#AbCdEf", 0xAB, 0xCD, 0xEF));
  EXPECT_TRUE(is_color("336699", 0x33, 0x66, 0x99));
  EXPECT_TRUE(is_color("#f80", 0xFF, 0x88, 0x00));
  EXPECT_TRUE(is_color("white", 255, 255, 255));
  EXPECT_TRUE(is_color("Grey", 128, 128, 128));
}

TEST(Options, OtherTextIsNoColor) {
  for (const char* text : {"", "#", "#12", "#12345", "#1234567", "f80", "#12345g", "-12345", "#-12345",
                           "0x1234", "blanc", " black", "#33 699"}) {
    EXPECT_FALSE(color_from_text(text)) << text;
  }
}

}  // namespace
}  // namespace face_privacy
