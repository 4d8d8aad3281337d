// Groups of an encoder's pictures between groups of the source's, in one H.264 track: both have parameter
// sets of their own, and each group begins with a picture from which a decoder can start.
#pragma once

#include <optional>

#include "media/demuxer.h"

namespace face_privacy {

class Splice {
 public:
  // None where it cannot be done: the pictures are not H.264 of 8 bits and 4:2:0, their parameter sets are
  // not kept apart (avcC, ISO/IEC 14496-15), or all numbers for sets are taken.
  static std::optional<Splice> plan(const Demuxer& source);

  // For the encoder's parameter sets: none of the source's that are kept apart has it. From 1 to 31.
  int set_number() const { return set_number_; }
  // The packet holds an IDR picture (ITU-T H.264, 7.4.1.2.4): what follows needs nothing from before it, and
  // is shown after all that came before it.
  bool begins_group(const Packet& packet) const;
  // Whether the packet can be read, and brings no parameter set with the encoder's number.
  bool leaves_number(const Packet& packet) const;

 private:
  int length_bytes_ = 0;  // before each unit of the source's
  int set_number_ = 0;
};

// The source's avcC with the parameter sets of an encoder, which have start codes; none where they cannot be
// joined.
std::optional<Bytes> join_headers(ByteView avcc, ByteView encoder_sets);
// A packet with start codes, as packets of the source are.
std::optional<Bytes> with_lengths(ByteView packet, int length_bytes);

}  // namespace face_privacy
