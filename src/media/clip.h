// What a clip is: told by its header, before a frame is decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "image/video_frame.h"
#include "media/upright.h"

namespace face_privacy {

enum class Container : std::uint8_t { kMp4, kMov, kMatroska, kWebm, kMpegTs, kAvi };
enum class VideoCodec : std::uint8_t { kH264, kHevc, kAv1, kVp9, kOther };  // kOther: read, not written

// What becomes of the sound: packets bit for bit, none, or silence of the same length.
enum class AudioMode : std::uint8_t { kKeep, kDrop, kMute };

std::string_view name_of(Container container);
std::string_view name_of(VideoCodec codec);
std::string_view name_of(AudioMode mode);                                       // "keep", "drop", "mute"
std::string_view extension_of(Container container);                             // with its dot
std::string_view media_type_of(Container container);                            // "video/mp4" ...
std::optional<Container> container_from_extension(std::string_view extension);  // ".mp4", any case
std::optional<AudioMode> audio_mode_from_name(std::string_view name);           // "keep", "drop", "mute"
std::optional<VideoCodec> video_codec_from_name(std::string_view name);         // of those written

// The container of a file by its first bytes (some 400 tell all there is to tell); none: no clip.
std::optional<Container> sniff_clip(ByteView head);

// What a clip may cost. Checked before memory is taken.
struct ClipLimits {
  std::uint64_t max_pixels = 36'000'000;  // of a frame: 8K
  int max_side = 16'384;                  // px
  int max_streams = 32;
  std::int64_t max_frames = 2'000'000;  // nine hours at 60 a second
  double max_duration_s = 12 * 3600;
};

struct TimeBase {  // seconds per tick
  int numerator = 1;
  int denominator = 1;
  double seconds(std::int64_t ticks) const { return static_cast<double>(ticks) * numerator / denominator; }
};

struct ClipInfo {
  Container container{};
  VideoCodec codec{};
  std::string codec_name;
  Size size;  // as stored
  // A side is odd along which chroma has half as many pixels.
  bool cuts_chroma = false;
  int bit_depth = 8;
  Upright upright;  // how it is shown
  VideoColor color;
  TimeBase time_base;
  double frames_per_second = 0;      // on average; 0: not told
  double duration_s = 0;             // 0: not told
  std::int64_t frame_count = 0;      // by the header; 0: not told
  std::int64_t bits_per_second = 0;  // of the video; 0: not told
  int audio_tracks = 0;
  int subtitle_tracks = 0;
  int other_tracks = 0;  // more videos, cover pictures, data, attachments: not copied
};

}  // namespace face_privacy
