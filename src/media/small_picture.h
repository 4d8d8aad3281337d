// Frames as the detector wants them: small, upright, RGB with square pixels.
#pragma once

#include <memory>
#include <vector>

#include "image/image.h"
#include "image/video_frame.h"
#include "media/upright.h"

namespace face_privacy {

class SmallPicture {
 public:
  // The long side is at most `long_side_px`, and at most what the frame is shown at.
  SmallPicture(const Upright& upright, int long_side_px);
  ~SmallPicture();
  SmallPicture(SmallPicture&&) noexcept;
  SmallPicture& operator=(SmallPicture&&) noexcept;

  // Valid until the next call. HDR is taken down to the range of a screen.
  ImageView of(const VideoFrame& frame);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Tells how much luma changes from frame to frame.
class LumaChange {
 public:
  // The mean absolute difference to the frame of the call before, 0..255; 0 at the first call.
  float to(const VideoFrame& frame);

 private:
  std::vector<float> before_;
};

}  // namespace face_privacy
