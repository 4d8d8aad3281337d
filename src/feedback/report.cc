#include "feedback/report.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace face_privacy {
namespace {

constexpr std::array<std::string_view, 4> kNames{"confirmed", "removed", "moved", "drawn"};

struct Span {
  int begin;
  int length;
};

// Whole units that begin and end near the given ones, inside 0..`limit`.
Span grid_span(double begin, double end, int limit) {
  const int first = static_cast<int>(std::lround(std::clamp(begin, 0.0, limit - 1.0)));
  const int last = static_cast<int>(std::lround(std::clamp(end, 0.0, static_cast<double>(limit))));
  return {first, std::max(1, last - first)};
}

int units_of(int side, int long_side) {
  return std::clamp(static_cast<int>(std::ceil(static_cast<double>(side) * kGridUnits / long_side)), 1,
                    kGridUnits);
}

}  // namespace

Percent percent_of(double share) {
  return static_cast<Percent>(std::lround(std::clamp(share, 0.0, 1.0) * 100));
}

Day today() {
  using std::chrono::floor;
  const auto now = std::chrono::system_clock::now();
  return static_cast<Day>(floor<std::chrono::days>(now).time_since_epoch().count());
}

std::string date_text(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string_view name_of(Correction correction) { return kNames[static_cast<std::size_t>(correction)]; }

std::optional<Correction> correction_from_name(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Correction>(found - kNames.begin());
}

GridBox grid_box(const BoxF& box, Size photo) {
  const int long_side = std::max(photo.width, photo.height);
  const double unit = static_cast<double>(long_side) / kGridUnits;
  const Span across = grid_span(box.x / unit, box.right() / unit, units_of(photo.width, long_side));
  const Span down = grid_span(box.y / unit, box.bottom() / unit, units_of(photo.height, long_side));
  return {static_cast<std::uint8_t>(across.begin), static_cast<std::uint8_t>(down.begin),
          static_cast<std::uint8_t>(across.length), static_cast<std::uint8_t>(down.length)};
}

BoxF box_of(const GridBox& box, Size photo) {
  const float unit = static_cast<float>(std::max(photo.width, photo.height)) / kGridUnits;
  return {box.x * unit, box.y * unit, box.width * unit, box.height * unit};
}

}  // namespace face_privacy
