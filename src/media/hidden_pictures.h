// Whether a clip has coded pictures that no frame of it shows. Nobody has looked at them, and a copy passes
// them on.
#pragma once

#include <memory>

#include "media/demuxer.h"

namespace face_privacy {

class HiddenPictures {
 public:
  explicit HiddenPictures(const Demuxer& demuxer);
  HiddenPictures(HiddenPictures&&) noexcept;
  HiddenPictures& operator=(HiddenPictures&&) noexcept;
  ~HiddenPictures();

  // The next packet of the video.
  void add(const Packet& packet);
  // False once a packet holds more than one picture of H.264 or HEVC, whose slices would hide each other;
  // once a picture of VP9 or AV1 gave way to others before it was shown; and where that cannot be told.
  bool are_none() const;
  // Pictures of VP9 or AV1 have yet to be shown: at a clip's end they are hidden.
  bool may_come() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
