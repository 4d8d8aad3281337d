#include "codec/metadata/sphere.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "codec/metadata/gpano.h"

namespace face_privacy {
namespace {

std::optional<float> number_of(std::string_view xmp, std::string_view name) {
  const auto text = gpano_value(xmp, name);
  if (!text) return std::nullopt;
  float number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

// A part cannot be larger than its whole; half a percent is rounding.
bool is_possible(const SphereArea& area, Size size) {
  constexpr float kRoom = 1.005F;
  constexpr float kMostPx = 1'000'000;  // further places are no whole numbers any more
  const auto fits = [=](float part, float before, float whole) {
    return before >= 0 && whole > 0 && before + part <= whole * kRoom && whole <= kMostPx;
  };
  return std::isfinite(area.full_width) && std::isfinite(area.full_height) &&
         fits(static_cast<float>(size.width), area.left, area.full_width) &&
         fits(static_cast<float>(size.height), area.top, area.full_height);
}

}  // namespace

SphereArea whole_sphere(Size size) {
  const auto width = static_cast<float>(size.width);
  const auto height = static_cast<float>(size.height);
  const float full_height = std::max(width / 2, height);
  return {width, full_height, 0, (full_height - height) / 2};
}

std::optional<SphereArea> sphere_area(ByteView packet, Size size) {
  const std::string_view xmp{reinterpret_cast<const char*>(packet.data()), packet.size()};
  if (gpano_value(xmp, "ProjectionType") != "equirectangular") return std::nullopt;
  const auto stated_width = number_of(xmp, "CroppedAreaImageWidthPixels");
  const auto full_width = number_of(xmp, "FullPanoWidthPixels");
  const auto full_height = number_of(xmp, "FullPanoHeightPixels");
  if (!stated_width || !full_width || !full_height || !(*stated_width > 0)) return whole_sphere(size);
  const float scale = static_cast<float>(size.width) / *stated_width;
  const SphereArea area{*full_width * scale, *full_height * scale,
                        number_of(xmp, "CroppedAreaLeftPixels").value_or(0) * scale,
                        number_of(xmp, "CroppedAreaTopPixels").value_or(0) * scale};
  return is_possible(area, size) ? area : whole_sphere(size);
}

}  // namespace face_privacy
