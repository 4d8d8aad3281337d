// How the camera moved from one frame to the next, from where most of the picture went.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/similarity.h"
#include "image/video_frame.h"
#include "media/upright.h"

namespace face_privacy {

class CameraMotion {
 public:
  explicit CameraMotion(const Upright& upright) : upright_(upright) {}

  // From places in the frame of the call before to where they are in this one, px of the picture as it is
  // shown. Nothing moves at the first call, at a cut, and where the picture does not move as one. Up to about
  // a twelfth of the longer side is seen.
  Similarity to(const VideoFrame& frame);

 private:
  struct Plane {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> luma;

    const std::uint8_t* at(int x, int y) const { return luma.data() + std::ptrdiff_t{y} * width + x; }
  };
  static constexpr int kLevels = 3;  // each half as large as the one before
  using Pyramid = std::array<Plane, kLevels>;

  static Plane shrunk(const VideoFrame& frame, int by);
  static Plane halved(const Plane& plane);

  Upright upright_;
  Pyramid before_;
};

}  // namespace face_privacy
