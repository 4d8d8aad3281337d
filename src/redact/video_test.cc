#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "redact/cover_memory.h"
#include "redact/redact.h"

namespace face_privacy {
namespace {

// A frame of 4:2:0 with a gradient, and a square of `inside` where the face is.
VideoFrame frame_of(int bit_depth, int inside, std::int64_t time = 0) {
  constexpr Size kSize{160, 120};
  const int bytes = bit_depth > 8 ? 2 : 1;
  auto* samples =
      new std::vector<std::uint8_t>(static_cast<std::size_t>(kSize.width * kSize.height * 2 * bytes));
  VideoFrame frame;
  frame.size = kSize;
  frame.bit_depth = bit_depth;
  frame.time = time;
  frame.is_writable = true;
  std::uint8_t* at = samples->data();
  for (int i = 0; i < 3; ++i) {
    const int shrink = i > 0 ? 2 : 1;
    const Size size{kSize.width / shrink, kSize.height / shrink};
    frame.planes[i] = {at, size.width * bytes, size, shrink, shrink};
    at += size.width * size.height * bytes;
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const bool is_face = x * shrink >= 60 && x * shrink < 100 && y * shrink >= 40 && y * shrink < 80;
        const int value = (is_face ? inside + (x + y) % 7 : 60 + x / 4) << (bit_depth - 8);
        if (bytes == 2) {
          reinterpret_cast<std::uint16_t*>(frame.planes[i].row(y))[x] = static_cast<std::uint16_t>(value);
        } else {
          frame.planes[i].row(y)[x] = static_cast<std::uint8_t>(value);
        }
      }
    }
  }
  frame.memory = {samples, [](void* owned) { delete static_cast<std::vector<std::uint8_t>*>(owned); }};
  return frame;
}

int sample(const VideoFrame& frame, int plane, int x, int y) {
  const std::uint8_t* row = frame.planes[plane].row(y);
  return frame.bit_depth > 8 ? reinterpret_cast<const std::uint16_t*>(row)[x] : row[x];
}

const Region kFace{Shape::kEllipse, {{80, 60}, 30, 30, 0}, 3};

Redacted<VideoFrame> redacted(VideoFrame&& frame, CoverMemory& memory, Style style) {
  RedactOptions options;
  options.style = style;
  options.color = {255, 0, 0};
  memory.begin_frame(static_cast<double>(frame.time));
  const TrackedRegion region{7, kFace};
  return Redactor::redact(std::move(frame), {&region, 1}, memory, options);
}

TEST(RedactVideo, CoversTheFaceOnEveryPlaneAndNothingElse) {
  for (const int depth : {8, 10}) {
    for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
      CoverMemory memory;
      const VideoFrame before = frame_of(depth, 200);
      const auto after = redacted(frame_of(depth, 200), memory, style);
      for (int plane = 0; plane < 3; ++plane) {
        const int shrink = plane > 0 ? 2 : 1;
        EXPECT_EQ(sample(*after, plane, 10 / shrink, 10 / shrink),
                  sample(before, plane, 10 / shrink, 10 / shrink));
        int changed = 0;
        for (int y = 50; y < 70; y += 2) {
          for (int x = 70; x < 90; x += 2) {
            changed += sample(*after, plane, x / shrink, y / shrink) !=
                       sample(before, plane, x / shrink, y / shrink);
          }
        }
        EXPECT_GT(changed, 50) << "depth " << depth << ", plane " << plane;
      }
    }
  }
}

TEST(RedactVideo, FillIsTheColorInTheClipsMatrixAndRange) {
  CoverMemory memory;
  VideoFrame frame = frame_of(10, 200);
  frame.color = {1, 1, 1, false};
  const auto after = redacted(std::move(frame), memory, Style::kFill);
  EXPECT_NEAR(sample(*after, 0, 80, 60), 250, 2);  // BT.709 red: 63, 102, 240 of 8 bits
  EXPECT_NEAR(sample(*after, 1, 40, 30), 409, 3);
  EXPECT_NEAR(sample(*after, 2, 40, 30), 960, 3);
}

TEST(RedactVideo, PixelatesNoiseStaysTheTracksSoThatFramesCannotBeAveraged) {
  CoverMemory memory;
  const auto first = redacted(frame_of(8, 200, 0), memory, Style::kPixelate);
  const auto second = redacted(frame_of(8, 90, 1), memory, Style::kPixelate);
  for (int y = 40; y < 80; ++y) {
    for (int x = 60; x < 100; ++x) ASSERT_EQ(sample(*first, 0, x, y), sample(*second, 0, x, y));
  }
}

TEST(RedactVideo, BlurFollowsAChangeOfLightSlowly) {
  CoverMemory memory;
  const auto first = redacted(frame_of(8, 200, 0), memory, Style::kBlur);
  VideoFrame darker = frame_of(8, 80, 0);
  darker.time = 0;
  memory.begin_frame(0.04);
  const TrackedRegion region{7, kFace};
  const auto second = Redactor::redact(std::move(darker), {&region, 1}, memory, {});
  EXPECT_NEAR(sample(*first, 0, 80, 60), sample(*second, 0, 80, 60), 6);
}

TEST(RedactVideo, ADamagedFrameIsCoveredWhole) {
  CoverMemory memory;
  VideoFrame frame = frame_of(8, 200);
  frame.damaged = true;
  const auto after = Redactor::redact(std::move(frame), {}, memory, {});
  for (int x = 0; x < 160; ++x) EXPECT_EQ(sample(*after, 0, x, 60), 0x80);
}

}  // namespace
}  // namespace face_privacy
