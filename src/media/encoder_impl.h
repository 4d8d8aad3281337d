#pragma once

#include "media/encoder.h"
#include "media/libav.h"

namespace face_privacy {

inline constexpr double kLongestGroup_s = 4;

// What a muxer needs to know of an encoder's packets.
struct Encoder::Description {
  UniqueParameters parameters;
  AVRational time_base{};
  AVRational frame_rate{};
  AVRational pixel_aspect{};
};

// The most that the encoder may spend, in bits per second.
std::int64_t rate_cap(const ClipInfo& source);

// Frames of the source that were key frames begin a group here too: each of them, or where groups do not get
// shorter than half a second by it.
class KeyFramePacer {
 public:
  enum class Groups { kAsLong, kAsSource };
  KeyFramePacer(const ClipInfo& source, Groups groups);
  bool begins_group(const AVFrame& source, std::int64_t time);

 private:
  TimeBase time_base_;
  double shortest_s_;
  std::optional<std::int64_t> last_;
};

// OpenH264 cannot say where chroma lies, and left is what H.264 takes it for then.
enum class ChromaPlace : std::uint8_t { kAsSource, kTakenForLeft };

// H.264 of 8 bits, 4:2:0, progressive, by Cisco's library under its own interface; null where it cannot
// take the clip.
std::unique_ptr<Encoder> make_openh264_encoder(const Demuxer& source, const VideoFrame& first,
                                               const EncodePlan& plan, ChromaPlace chroma);

}  // namespace face_privacy
