// Cleans coded H.264 and HEVC of all that is no picture: user data in SEI (telemetry, captions, the
// encoder's name and settings), second layers and views, units of no known kind.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"

namespace face_privacy {

enum class NalCodec { kH264, kHevc };

// How units are told apart: by start codes, or by a length of 1, 2 or 4 bytes before each.
inline constexpr int kStartCodes = 0;

// A packet without what is not on the list; none where its framing is broken. Delimiters end where they must.
// Slices and parameter sets stay as they are, with what may stand behind their end.
std::optional<Bytes> clean_packet(ByteView packet, NalCodec codec, int length_bytes);

struct CleanedHeader {
  Bytes bytes;
  int length_bytes = kStartCodes;  // of the packets that belong to it
};
// The same for what a container keeps apart (avcC, hvcC, or units with start codes).
std::optional<CleanedHeader> clean_header(ByteView header, NalCodec codec);

// Its units, whatever they are: views of it. None where its framing is broken.
std::optional<std::vector<ByteView>> units_in(ByteView packet, int length_bytes);
// Whether its slices are those of one picture at most, each further on in it than the one before; false where
// its framing is broken.
bool holds_one_picture(ByteView packet, NalCodec codec, int length_bytes);
// Puts a unit behind `bytes`, with what tells it apart from the next.
void append_unit(ByteView unit, int length_bytes, Bytes& bytes);

// The parameter sets of a packet, or of what a container keeps apart: views of it. Those that go into a clean
// one.
std::vector<ByteView> parameter_sets_in(ByteView packet, NalCodec codec, int length_bytes);
std::vector<ByteView> parameter_sets_of(ByteView header, NalCodec codec);

}  // namespace face_privacy
