#include "media/camera_motion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace face_privacy {
namespace {

constexpr Size kPicture{1280, 720};

// Luma at a place, 0..255.
using Scene = std::function<double(double x, double y)>;

double noise(int x, int y) {
  auto bits = static_cast<std::uint32_t>(x) * 374761393U + static_cast<std::uint32_t>(y) * 668265263U;
  bits = (bits ^ (bits >> 13U)) * 1274126177U;
  return (bits >> 16U) & 0xFFU;
}

// Patches of about 24 px without hard edges between them, unlike those of any other `where`.
Scene texture(int where = 0) {
  return [where](double x, double y) {
    const double u = x / 24 + 1000 * where;
    const double v = y / 24;
    const int i = static_cast<int>(std::floor(u));
    const int j = static_cast<int>(std::floor(v));
    const double s = u - i;
    const double t = v - j;
    return (noise(i, j) * (1 - s) + noise(i + 1, j) * s) * (1 - t) +
           (noise(i, j + 1) * (1 - s) + noise(i + 1, j + 1) * s) * t;
  };
}

// What a camera sees after it has moved by `motion`.
Scene moved(const Scene& scene, const Similarity& motion) {
  return [scene, back = motion.inverse()](double x, double y) {
    const PointF at = back.apply({static_cast<float>(x), static_cast<float>(y)});
    return scene(at.x, at.y);
  };
}

struct Shot {
  std::vector<std::uint16_t> samples;
  VideoFrame frame;

  Shot(const Scene& scene, Size size = kPicture, int bit_depth = 8) {
    const std::size_t count = static_cast<std::size_t>(size.width) * size.height;
    samples.resize(count);
    auto* bytes = reinterpret_cast<std::uint8_t*>(samples.data());
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const auto luma = static_cast<std::uint16_t>(std::lround(scene(x + 0.5, y + 0.5)));
        const std::size_t at = static_cast<std::size_t>(y) * size.width + x;
        if (bit_depth == 8) {
          bytes[at] = static_cast<std::uint8_t>(luma);
        } else {
          samples[at] = static_cast<std::uint16_t>(luma << (bit_depth - 8));
        }
      }
    }
    frame.size = size;
    frame.bit_depth = bit_depth;
    frame.planes[0] = {bytes, static_cast<std::ptrdiff_t>(size.width) * (bit_depth > 8 ? 2 : 1), size, 1, 1};
  }
};

Similarity seen(const Scene& before, const Scene& after, int bit_depth = 8) {
  CameraMotion motion{Upright(kPicture, 1, false, false, false)};
  EXPECT_EQ(motion.to(Shot(before, kPicture, bit_depth).frame), Similarity{});
  return motion.to(Shot(after, kPicture, bit_depth).frame);
}

// How far a place in the picture lies from where it should be, at most, px.
float error(const Similarity& found, const Similarity& expected) {
  float largest = 0;
  for (const PointF at : {PointF{100, 100}, PointF{1180, 100}, PointF{640, 360}, PointF{100, 620}}) {
    const PointF a = found.apply(at);
    const PointF b = expected.apply(at);
    largest = std::max(largest, std::hypot(a.x - b.x, a.y - b.y));
  }
  return largest;
}

TEST(CameraMotion, TellsPanZoomAndRoll) {
  const Similarity pan{1, 0, 37.5F, -12.25F};
  const Similarity far_pan{1, 0, -90, 20};
  const Similarity zoom{1.04F, 0, -25.6F, -14.4F};
  const Similarity roll{std::cos(0.03F), std::sin(0.03F), 10, -20};
  for (const Similarity& motion : {pan, far_pan, zoom, roll}) {
    EXPECT_LT(error(seen(texture(), moved(texture(), motion)), motion), 1) << motion.dx;
  }
}

TEST(CameraMotion, WhatMovesInThePictureIsNotTheCamera) {
  const Similarity pan{1, 0, 16, 4};
  const auto with_bus = [](const Scene& street, double bus_x) {
    return [=, bus = texture(1)](double x, double y) {
      return x > bus_x && x < bus_x + 450 && y > 150 ? bus(x - bus_x, y) : street(x, y);
    };
  };
  EXPECT_LT(error(seen(with_bus(texture(), 300), with_bus(moved(texture(), pan), 350)), pan), 1);
}

TEST(CameraMotion, NothingMovesAtACutOrWithoutDetail) {
  EXPECT_EQ(seen(texture(0), texture(1)), Similarity{});
  const Scene flat = [](double, double) { return 90; };
  EXPECT_EQ(seen(flat, flat), Similarity{});
  // What has detail in one direction only might have moved along it.
  const Scene stripes = [](double x, double) { return 128 + 100 * std::sin(x / 10); };
  EXPECT_EQ(seen(stripes, stripes), Similarity{});
}

TEST(CameraMotion, DeepSamplesTellTheSame) {
  const Similarity pan{1, 0, 21, 9};
  EXPECT_LT(error(seen(texture(), moved(texture(), pan), 10), pan), 1);
}

TEST(CameraMotion, IsThatOfThePictureAsShown) {
  const Similarity pan{1, 0, 24, 0};
  CameraMotion motion{Upright(kPicture, 1, true, true, false)};  // turned right
  motion.to(Shot(texture()).frame);
  const Similarity found = motion.to(Shot(moved(texture(), pan)).frame);
  EXPECT_NEAR(found.dx, 0, 1);
  EXPECT_NEAR(found.dy, 24, 1);
}

TEST(CameraMotion, PicturesOfAnySizeAreTaken) {
  for (const Size size : {Size{1, 1}, Size{2, 700}, Size{63, 65}, Size{321, 64}}) {
    CameraMotion motion{Upright(size, 1, false, false, false)};
    motion.to(Shot(texture(), size).frame);
    EXPECT_EQ(motion.to(Shot(texture(1), size).frame), Similarity{}) << size.width;
  }
  CameraMotion motion{Upright(kPicture, 1, false, false, false)};
  motion.to(Shot(texture()).frame);
  EXPECT_EQ(motion.to(Shot(texture(), {640, 360}).frame), Similarity{}) << "another size";
}

}  // namespace
}  // namespace face_privacy
