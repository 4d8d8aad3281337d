#include "media/sound_description.h"

#include <algorithm>

#include "media/header_bits.h"

namespace face_privacy {
namespace {

// What tells of a second sampling rate may come behind all else: 11 + 5 + 1 + 4 + 24 + 11 + 1 bits.
constexpr std::size_t kExtensionBytes = 8;

int read_object_type(HeaderBits& bits) {
  constexpr std::uint32_t kEscape = 31;
  const std::uint32_t type = bits.number(5);
  return static_cast<int>(type == kEscape ? 32 + bits.number(6) : type);
}

void skip_rate(HeaderBits& bits) {
  constexpr std::uint32_t kExplicit = 15;
  if (bits.number(4) == kExplicit) bits.skip(24);
}

// Kinds of AAC that are described by a GASpecificConfig (4.4.1).
bool is_general(int type) { return (type >= 1 && type <= 4) || type == 6 || type == 7; }

// A program_config_element (4.4.1.1), to its comment.
void skip_channels(HeaderBits& bits) {
  bits.skip(4 + 2 + 4);
  int tagged = 0;  // elements of 5 bits
  for (int i = 0; i < 3; ++i) tagged += static_cast<int>(bits.number(4));
  int untagged = static_cast<int>(bits.number(2));
  untagged += static_cast<int>(bits.number(3));
  tagged += static_cast<int>(bits.number(4));
  for (const int mixdown_bits : {4, 4, 3}) {
    if (bits.flag()) bits.skip(mixdown_bits);
  }
  bits.skip(5 * tagged + 4 * untagged);
}

Bytes first_bytes(ByteView all, std::size_t count) {
  const ByteView first = all.first(std::min(count, all.size()));
  return {first.begin(), first.end()};
}

}  // namespace

std::optional<Bytes> clean_aac_description(ByteView description) {
  constexpr int kSpectralBandReplication = 5;
  constexpr int kParametricStereo = 29;
  HeaderBits bits(description);
  int type = read_object_type(bits);
  skip_rate(bits);
  const bool has_list = bits.number(4) == 0;
  if (type == kSpectralBandReplication || type == kParametricStereo) {
    skip_rate(bits);
    type = read_object_type(bits);
  }
  // Others have no comment, and their length is not known here.
  if (!is_general(type)) return Bytes(description.begin(), description.end());
  bits.skip(1);
  if (bits.flag()) bits.skip(14);
  bits.skip(1);
  if (has_list) skip_channels(bits);
  const std::size_t at = bits.to_next_byte();
  if (!bits.ok()) return std::nullopt;
  if (!has_list) return first_bytes(description, at + kExtensionBytes);
  if (at >= description.size()) return std::nullopt;
  const std::size_t comment = description[at];
  if (description.size() - at - 1 < comment) return std::nullopt;
  Bytes result = first_bytes(description, at);
  result.push_back(0);
  const Bytes behind = first_bytes(description.subspan(at + 1 + comment), kExtensionBytes);
  result.insert(result.end(), behind.begin(), behind.end());
  return result;
}

}  // namespace face_privacy
