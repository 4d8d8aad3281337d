// Turns the packets of a clip's video into frames, in the order in which they are shown.
#pragma once

#include "media/demuxer.h"

namespace face_privacy {

class Decoder {
 public:
  // `threads` inside the decoder; each holds a frame more. The demuxer need not outlive it.
  static Result<Decoder> open(const Demuxer& demuxer, int threads);

  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

  // A packet of the video, or null at the end. A packet that cannot be decoded is no error: frames from
  // there to the next key frame are `damaged`.
  Result<void> send(const Packet* packet);
  // The next frame, if one is ready. Times ascend. kUnsupportedPhoto where the picture changes its size or
  // kind on the way, or times go backwards.
  Result<std::optional<VideoFrame>> receive();
  // Whether the stream codes more of a picture than is shown, beyond what blocks need: a cropped clip, whose
  // frames here have the shown part alone. After the first frame.
  bool hides_pixels() const;

 private:
  struct Impl;
  explicit Decoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Gives the frame planes of its own to write to.
void make_writable(VideoFrame& frame);

}  // namespace face_privacy
