// Redacted frames to packets. Which library does it is a name here, never a type.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "image/photo.h"
#include "media/demuxer.h"

namespace face_privacy {

// What the encoder is to make of a clip.
struct EncodePlan {
  VideoCodec codec{};
  Container container{};
  bool interlaced = false;
  bool top_field_first = false;
  int threads = 1;
  // Of the H.264 parameter sets to write, where groups of the source's pictures stand beside the encoder's
  // (splice.h); 0: they do not. Otherwise each key frame of the source is one here, too, and each frame that
  // is sent gives a packet at once.
  int set_number = 0;
};

// The codec to write: `wanted`, else the source's own where the container takes it and it is one of
// those written, else the first of H.264, HEVC and VP9 that goes into it and has the clip's kind of pixels.
// kInvalidOption where `wanted` does not go into it.
Result<VideoCodec> codec_to_write(const Demuxer& source, Container container,
                                  std::optional<VideoCodec> wanted);

class Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual ~Encoder() = default;

  // Takes nothing but what has been redacted. Times ascend.
  virtual Result<void> send(const Redacted<VideoFrame>& frame) = 0;
  virtual Result<void> end() = 0;
  // The next packet, if one is ready.
  virtual Result<std::optional<Packet>> receive() = 0;
  virtual std::string_view name() const = 0;  // of the library

  struct Description;
  virtual const Description& description() const = 0;  // for this folder
};

// Of constant quality, and at most one and a half times the source's rate. Keeps size, depth, pixel
// aspect, colors, HDR tags and times as the source has them. kUnsupportedPhoto where no encoder here
// does that.
Result<std::unique_ptr<Encoder>> make_encoder(const Demuxer& source, const VideoFrame& first,
                                              const EncodePlan& plan);

}  // namespace face_privacy
