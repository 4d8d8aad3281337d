#include "panorama/sphere_view.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace face_privacy {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kDegree = kPi / 180;

// Trigonometry is done at the corners of cells of so many pixels; between them places are interpolated.
constexpr int kCellPx = 8;
// A cell whose corners lie further apart than this share of the way around is done pixel by pixel.
constexpr float kMaxCellTurn = 1.F / 64;

struct Places {
  PointF left_top;
  PointF right_top;
  PointF left_bottom;
  PointF right_bottom;

  PointF at(float x, float y) const {
    const auto mix = [](PointF a, PointF b, float t) {
      return PointF{a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
    };
    return mix(mix(left_top, right_top, x), mix(left_bottom, right_bottom, x), y);
  }
  float width() const {
    const auto [least, most] = std::minmax({left_top.x, right_top.x, left_bottom.x, right_bottom.x});
    return most - least;
  }
};

// Reads a panorama between its pixels.
template <class Sample>
class Sampler {
 public:
  Sampler(const ImageView& from, bool goes_around)
      : from_(from), channels_(from.layout.channels()), goes_around_(goes_around) {}

  // `at` in px of the panorama that is read.
  void write(PointF at, Sample* to) const {
    const float x = at.x - 0.5F;
    const float y = at.y - 0.5F;
    const auto left = static_cast<int>(std::floor(x));
    const auto top = static_cast<int>(std::floor(y));
    const int x0 = column(left);
    const int x1 = column(left + 1);
    if (x0 < 0 || x1 < 0 || top < -1 || top >= from_.height) {
      std::memset(to, 0, sizeof(Sample) * static_cast<std::size_t>(channels_));
      return;
    }
    const Sample* above = row(std::clamp(top, 0, from_.height - 1));
    const Sample* below = row(std::clamp(top + 1, 0, from_.height - 1));
    const float right_share = x - static_cast<float>(left);
    const float below_share = y - static_cast<float>(top);
    for (int c = 0; c < channels_; ++c) {
      const auto mixed = [&](const Sample* line) {
        const auto a = static_cast<float>(line[x0 * channels_ + c]);
        const auto b = static_cast<float>(line[x1 * channels_ + c]);
        return a + (b - a) * right_share;
      };
      const float upper = mixed(above);
      // NOLINTNEXTLINE(bugprone-incorrect-roundings): not negative, and a call a sample is dear
      to[c] = static_cast<Sample>(upper + (mixed(below) - upper) * below_share + 0.5F);
    }
  }

 private:
  const Sample* row(int y) const { return reinterpret_cast<const Sample*>(from_.row(y)); }
  // -1: there is none.
  int column(int x) const {
    if (goes_around_) return (x % from_.width + from_.width) % from_.width;
    if (x < -1 || x > from_.width) return -1;
    return std::clamp(x, 0, from_.width - 1);
  }

  const ImageView from_;
  const int channels_;
  const bool goes_around_;
};

}  // namespace

float angle_between(const SphereDirection& a, const SphereDirection& b) {
  const float along = a.x * b.x + a.y * b.y + a.z * b.z;
  const float across = std::hypot(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
  return std::atan2(across, along);
}

SphereDirection direction_of(PointF in_panorama, const SphereArea& area) {
  const float longitude = ((in_panorama.x + area.left) / area.full_width - 0.5F) * 2 * kPi;
  const float latitude = (0.5F - (in_panorama.y + area.top) / area.full_height) * kPi;
  return {std::cos(latitude) * std::sin(longitude), -std::sin(latitude),
          std::cos(latitude) * std::cos(longitude)};
}

SphereView::SphereView(const SphereArea& area, const ViewDirection& direction, int side_px)
    : area_(area),
      side_px_(side_px),
      focal_px_(static_cast<float>(side_px) / 2 / std::tan(direction.field_of_view * kDegree / 2)) {
  const float yaw = direction.yaw * kDegree;
  const float pitch = direction.pitch * kDegree;
  const float roll = direction.roll * kDegree;
  const auto turned = [&](SphereDirection d) {
    d = {d.x * std::cos(roll) - d.y * std::sin(roll), d.x * std::sin(roll) + d.y * std::cos(roll), d.z};
    d = {d.x, d.y * std::cos(pitch) - d.z * std::sin(pitch), d.y * std::sin(pitch) + d.z * std::cos(pitch)};
    return SphereDirection{d.x * std::cos(yaw) + d.z * std::sin(yaw), d.y,
                           d.z * std::cos(yaw) - d.x * std::sin(yaw)};
  };
  axes_ = {turned({1, 0, 0}), turned({0, 1, 0}), turned({0, 0, 1})};
}

SphereDirection SphereView::direction_of(PointF in_view) const {
  const float half = static_cast<float>(side_px_) / 2;
  const float x = (in_view.x - half) / focal_px_;
  const float y = (in_view.y - half) / focal_px_;
  const auto& [right, down, forward] = axes_;
  return {x * right.x + y * down.x + forward.x, x * right.y + y * down.y + forward.y,
          x * right.z + y * down.z + forward.z};
}

PointF SphereView::in_panorama(PointF in_view, float near_x) const {
  const SphereDirection d = direction_of(in_view);
  const float longitude = std::atan2(d.x, d.z);
  const float latitude = std::atan2(-d.y, std::hypot(d.x, d.z));
  const float x = (longitude / (2 * kPi) + 0.5F) * area_.full_width - area_.left;
  const float y = (0.5F - latitude / kPi) * area_.full_height - area_.top;
  return {x + std::round((near_x - x) / area_.full_width) * area_.full_width, y};
}

// `pole_y`: 1 down, -1 up.
bool SphereView::shows(float pole_y, const BoxF& in_view) const {
  const auto& [right, down, forward] = axes_;
  const float depth = forward.y * pole_y;
  if (depth <= 0) return false;
  const float half = static_cast<float>(side_px_) / 2;
  const float x = half + focal_px_ * right.y * pole_y / depth;
  const float y = half + focal_px_ * down.y * pole_y / depth;
  return x >= in_view.x && x <= in_view.right() && y >= in_view.y && y <= in_view.bottom();
}

BoxF SphereView::in_panorama(const BoxF& in_view) const {
  constexpr int kSteps = 16;  // to an edge
  const float middle = in_panorama(in_view.center(), area_.full_width / 2 - area_.left).x;
  float least_x = middle;
  float most_x = middle;
  float least_y = in_panorama(in_view.center(), middle).y;
  float most_y = least_y;
  for (int i = 0; i <= kSteps; ++i) {
    const float x = in_view.x + in_view.width * static_cast<float>(i) / kSteps;
    const float y = in_view.y + in_view.height * static_cast<float>(i) / kSteps;
    for (const PointF edge : {PointF{x, in_view.y}, PointF{x, in_view.bottom()}, PointF{in_view.x, y},
                              PointF{in_view.right(), y}}) {
      const PointF place = in_panorama(edge, middle);
      least_x = std::min(least_x, place.x);
      most_x = std::max(most_x, place.x);
      least_y = std::min(least_y, place.y);
      most_y = std::max(most_y, place.y);
    }
  }
  const bool zenith = shows(-1, in_view);
  const bool nadir = shows(1, in_view);
  if (zenith || nadir) {
    least_x = -area_.left;
    most_x = area_.full_width - area_.left;
  }
  if (zenith) least_y = -area_.top;
  if (nadir) most_y = area_.full_height - area_.top;
  return {least_x, least_y, most_x - least_x, most_y - least_y};
}

Face SphereView::in_panorama(const Face& in_view) const {
  Face face{in_panorama(in_view.box), in_view.score, {}};
  const float near_x = face.box.center().x;
  const Landmarks& points = in_view.landmarks;
  face.landmarks = {in_panorama(points.left_eye, near_x), in_panorama(points.right_eye, near_x),
                    in_panorama(points.nose, near_x), in_panorama(points.mouth_left, near_x),
                    in_panorama(points.mouth_right, near_x)};
  return face;
}

Image SphereView::render(const ImageView& panorama, float scale) const {
  Image image({side_px_, side_px_}, panorama.layout);
  const auto scaled_at = [&](float x, float y, float near_x) {
    const PointF at = in_panorama({x, y}, near_x);
    return PointF{at.x * scale, at.y * scale};
  };
  const auto fill = [&]<class Sample>(Sample) {
    const float around = area_.full_width * scale;
    const auto full_width = static_cast<int>(std::lround(static_cast<float>(panorama.width) / scale));
    const Sampler<Sample> sampler(panorama, area_.goes_around(full_width));
    const MutableImageView to = image.mutable_view();
    const int channels = panorama.layout.channels();
    for (int top = 0; top < side_px_; top += kCellPx) {
      for (int left = 0; left < side_px_; left += kCellPx) {
        const auto x = static_cast<float>(left);
        const auto y = static_cast<float>(top);
        constexpr auto kCell = static_cast<float>(kCellPx);
        const float near_x = in_panorama({x, y}, area_.full_width / 2 - area_.left).x;
        const Places corners{scaled_at(x, y, near_x), scaled_at(x + kCell, y, near_x),
                             scaled_at(x, y + kCell, near_x), scaled_at(x + kCell, y + kCell, near_x)};
        const bool is_flat = corners.width() < around * kMaxCellTurn;
        for (int row = 0; row < kCellPx && top + row < side_px_; ++row) {
          auto* pixels = reinterpret_cast<Sample*>(to.row(top + row));
          for (int column = 0; column < kCellPx && left + column < side_px_; ++column) {
            const float in_x = static_cast<float>(column) + 0.5F;
            const float in_y = static_cast<float>(row) + 0.5F;
            const PointF at =
                is_flat ? corners.at(in_x / kCell, in_y / kCell) : scaled_at(x + in_x, y + in_y, near_x);
            sampler.write(at, pixels + (left + column) * channels);
          }
        }
      }
    }
  };
  if (panorama.layout.bytes_per_sample == 2) {
    fill(std::uint16_t{});
  } else {
    fill(std::uint8_t{});
  }
  return image;
}

}  // namespace face_privacy
