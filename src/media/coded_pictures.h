// What the headers of coded pictures of VP9 and AV1 say of when they are shown. Both code pictures that are
// shown later, or never: they stay in one of eight slots, where other pictures look things up.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/bytes.h"

namespace face_privacy {

struct CodedPicture {
  bool is_shown = false;
  bool is_key = false;
  std::uint8_t slots = 0;         // a bit for each that holds it from here on
  std::optional<int> shows_slot;  // it is not a picture of its own, but shows the one that is in there
};

// The pictures of a packet of VP9, by their order. None where its headers cannot be read, or bytes lie beside
// its pictures.
std::optional<std::vector<CodedPicture>> vp9_pictures(ByteView packet);

// Takes the packets of one stream of AV1, one after the other.
class Av1Headers {
 public:
  // Also what a container keeps apart, without its first four bytes (av1C). None where headers cannot be
  // read, are of a kind that hardly anybody writes (a decoder's model), or there are several layers.
  std::optional<std::vector<CodedPicture>> pictures(ByteView units);

 private:
  struct Sequence {
    bool is_one_picture = false;
    int number_bits = 0;  // of a frame's number; 0: it has none
    int order_bits = 0;
    int screen_tools = 0;  // 0 or 1 for all pictures, 2: each says it
    int whole_motion = 0;  // likewise
  };
  static std::optional<Sequence> read_sequence(ByteView unit);
  std::optional<CodedPicture> read_picture(ByteView unit) const;

  std::optional<Sequence> sequence_;
};

// Follows pictures through the slots.
class PictureSlots {
 public:
  void add(const CodedPicture& picture);
  // A picture left its slots, and was not shown.
  bool has_lost() const { return has_lost_; }
  // Some have not been shown yet.
  bool has_waiting() const { return !waiting_.empty(); }

 private:
  std::array<int, 8> slots_{};  // numbers of pictures, from 1
  std::set<int> waiting_;
  std::set<int> waiting_keys_;
  int last_ = 0;
  bool has_lost_ = false;
};

}  // namespace face_privacy
