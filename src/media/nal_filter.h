// Cleans coded H.264 and HEVC of all that is no picture: user data in SEI (telemetry, captions, the
// encoder's name and settings), second layers and views, units of no known kind.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace face_privacy {

enum class NalCodec { kH264, kHevc };

// How units are told apart: by start codes, or by a length of 1, 2 or 4 bytes before each.
inline constexpr int kStartCodes = 0;

// A packet without what is not on the list; none where its framing is broken.
std::optional<Bytes> clean_packet(ByteView packet, NalCodec codec, int length_bytes);

struct CleanedHeader {
  Bytes bytes;
  int length_bytes = kStartCodes;  // of the packets that belong to it
};
// The same for what a container keeps apart (avcC, hvcC, or units with start codes).
std::optional<CleanedHeader> clean_header(ByteView header, NalCodec codec);

}  // namespace face_privacy
