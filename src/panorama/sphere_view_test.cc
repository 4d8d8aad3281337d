#include "panorama/sphere_view.h"

#include <gtest/gtest.h>

#include <cmath>

namespace face_privacy {
namespace {

constexpr SphereArea kArea{4000, 2000, 0, 0};
constexpr int kSide = 1000;
constexpr PointF kMiddle{500, 500};

TEST(SphereView, LooksWhereItIsTold) {
  const auto middle_of = [](float yaw, float pitch) {
    return SphereView(kArea, {yaw, pitch}, kSide).in_panorama(kMiddle, 2000);
  };
  EXPECT_NEAR(middle_of(0, 0).x, 2000, 0.1);
  EXPECT_NEAR(middle_of(0, 0).y, 1000, 0.1);
  EXPECT_NEAR(middle_of(90, 0).x, 3000, 0.1);
  EXPECT_NEAR(middle_of(0, 50).y, 1000 - 2000 * 50.0 / 180, 0.1);
  EXPECT_NEAR(middle_of(-60, -50).x, 2000 - 4000 / 6.0, 0.1);
  EXPECT_NEAR(middle_of(-60, -50).y, 1000 + 2000 * 50.0 / 180, 0.1);
}

TEST(SphereView, EdgesLieHalfAFieldOfViewAway) {
  const SphereView view(kArea, {0, 0}, kSide);
  EXPECT_NEAR(view.in_panorama(PointF{1000, 500}, 2000).x, 2500, 0.1);
  EXPECT_NEAR(view.in_panorama(PointF{500, 0}, 2000).y, 500, 0.1);
}

TEST(SphereView, ARollTurnsTheView) {
  const SphereView view(kArea, {0, 0, 90}, kSide);
  EXPECT_NEAR(view.in_panorama(PointF{1000, 500}, 2000).y, 1500, 0.1) << "what was right is down";
}

TEST(SphereView, PartsOfASphereKnowWhereTheyLie) {
  const SphereView view({4000, 2000, 1500, 800}, {0, 0}, kSide);
  EXPECT_NEAR(view.in_panorama(kMiddle, 500).x, 500, 0.1);
  EXPECT_NEAR(view.in_panorama(kMiddle, 500).y, 200, 0.1);
}

TEST(SphereView, ABoxAtTheSeamIsOne) {
  const BoxF box = SphereView(kArea, {180, 0}, kSide).in_panorama(BoxF{450, 450, 100, 100});
  EXPECT_NEAR(box.width, 4000 * 2 * std::atan(0.1) / (2 * M_PI), 0.5);
  const float middle = box.center().x;
  EXPECT_TRUE(std::abs(middle) < 0.5F || std::abs(middle - 4000) < 0.5F) << middle;
}

TEST(SphereView, ABoxOverAPoleGoesAround) {
  const BoxF down = SphereView(kArea, {30, -90}, kSide).in_panorama(BoxF{450, 450, 100, 100});
  EXPECT_NEAR(down.x, 0, 0.5);
  EXPECT_NEAR(down.width, 4000, 0.5);
  EXPECT_NEAR(down.bottom(), 2000, 0.5);
  const BoxF beside = SphereView(kArea, {30, -50}, kSide).in_panorama(BoxF{450, 450, 100, 100});
  EXPECT_LT(beside.width, 1000);
}

TEST(SphereView, ABoxHoldsAllThatItsViewShows) {
  const SphereView view(kArea, {100, -50, 20}, kSide);
  const BoxF shown{200, 500, 300, 400};
  const BoxF box = view.in_panorama(shown);
  for (float x = shown.x; x <= shown.right(); x += 10) {
    for (float y = shown.y; y <= shown.bottom(); y += 10) {
      const PointF at = view.in_panorama(PointF{x, y}, box.center().x);
      EXPECT_TRUE(at.x > box.x - 2 && at.x < box.right() + 2 && at.y > box.y - 2 && at.y < box.bottom() + 2);
    }
  }
}

// A panorama whose pixels say where they lie: a smooth function of the direction, so that the seam shows
// nothing.
Image marked(Size size) {
  Image image(size, kRgb8);
  for (int y = 0; y < size.height; ++y) {
    const double latitude = (0.5 - (y + 0.5) / size.height) * M_PI;
    std::uint8_t* row = image.mutable_view().row(y);
    for (int x = 0; x < size.width; ++x) {
      const double longitude = ((x + 0.5) / size.width - 0.5) * 2 * M_PI;
      const double direction[] = {std::cos(latitude) * std::sin(longitude), -std::sin(latitude),
                                  std::cos(latitude) * std::cos(longitude)};
      for (int c = 0; c < 3; ++c) row[3 * x + c] = static_cast<std::uint8_t>(127.5 + 120 * direction[c]);
    }
  }
  return image;
}

TEST(SphereView, RendersWhatLiesThere) {
  const Image panorama = marked({1600, 800});
  const SphereArea area{3200, 1600, 0, 0};  // the picture is twice as large as what is read
  for (const ViewDirection direction : {ViewDirection{0, 0}, ViewDirection{180, 0}, ViewDirection{77, 50},
                                        ViewDirection{10, -90}, ViewDirection{180, 90, 45}}) {
    const SphereView view(area, direction, 300);
    const Image image = view.render(panorama.view(), 0.5F);
    for (int y = 0; y < 300; y += 7) {
      for (int x = 0; x < 300; x += 7) {
        const PointF at =
            view.in_panorama(PointF{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F}, 1600);
        const int column = (static_cast<int>(std::floor(at.x / 2)) + 1600) % 1600;
        const int row = std::min(799, static_cast<int>(at.y / 2));
        for (int c = 0; c < 3; ++c) {
          const int seen = image.view().row(y)[3 * x + c];
          EXPECT_NEAR(seen, panorama.view().row(row)[3 * column + c], 3) << x << " " << y;
        }
      }
    }
  }
}

}  // namespace
}  // namespace face_privacy
