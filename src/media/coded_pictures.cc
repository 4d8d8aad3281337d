#include "media/coded_pictures.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "media/header_bits.h"

namespace face_privacy {
namespace {

constexpr std::uint8_t kAllSlots = 0xFF;

// VP9, 6.2 and 7.2: what comes before a picture's slots where it is coded within itself.
void skip_vp9_color(HeaderBits& bits, int profile) {
  constexpr std::uint32_t kRgb = 7;
  const bool has_subsampling = profile == 1 || profile == 3;
  if (profile >= 2) bits.skip(1);
  if (bits.number(3) != kRgb) {
    bits.skip(has_subsampling ? 4 : 1);
  } else if (has_subsampling) {
    bits.skip(1);
  }
}

std::optional<CodedPicture> vp9_picture(ByteView coded) {
  HeaderBits bits(coded);
  const bool has_mark = bits.number(2) == 2;
  const bool low = bits.flag();
  const int profile = (bits.flag() ? 2 : 0) + (low ? 1 : 0);
  if (profile == 3) bits.skip(1);
  CodedPicture picture;
  if (bits.flag()) {
    picture.shows_slot = static_cast<int>(bits.number(3));
    return has_mark && bits.ok() ? std::optional(picture) : std::nullopt;
  }
  picture.is_key = !bits.flag();
  picture.is_shown = bits.flag();
  const bool resists_errors = bits.flag();
  if (picture.is_key) {
    picture.slots = kAllSlots;
  } else {
    const bool is_intra = !picture.is_shown && bits.flag();
    if (!resists_errors) bits.skip(2);
    if (is_intra) {
      bits.skip(24);
      if (profile > 0) skip_vp9_color(bits, profile);
    }
    picture.slots = static_cast<std::uint8_t>(bits.number(8));
  }
  return has_mark && bits.ok() ? std::optional(picture) : std::nullopt;
}

// VP9, annex B: several pictures in one packet, with their sizes at its end.
std::optional<std::vector<ByteView>> vp9_parts(ByteView packet) {
  if (packet.empty()) return std::nullopt;
  const std::uint8_t mark = packet.back();
  if ((mark & 0xE0) != 0xC0) return std::vector{packet};
  const std::size_t count = (mark & 7U) + 1;
  const std::size_t size_bytes = (mark >> 3 & 3U) + 1;
  const std::size_t index_bytes = 2 + count * size_bytes;
  if (packet.size() < index_bytes || packet[packet.size() - index_bytes] != mark) return std::vector{packet};
  ByteReader sizes(packet.last(index_bytes - 1), ByteOrder::kLittle);
  ByteReader pictures(packet.first(packet.size() - index_bytes));
  std::vector<ByteView> parts;
  parts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) parts.push_back(pictures.take(sizes.number(size_bytes)));
  if (!pictures.ok() || !pictures.at_end()) return std::nullopt;
  return parts;
}

// AV1, 4.10.5.
std::optional<std::uint64_t> read_leb128(ByteReader& reader) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) {
    const std::uint8_t byte = reader.u8();
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) == 0) return reader.ok() ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

struct ObuUnit {
  int type = 0;
  bool is_in_upper_layer = false;
  ByteView payload;
};

// AV1, 5.3.
std::optional<ObuUnit> read_unit(ByteReader& reader) {
  const std::uint8_t head = reader.u8();
  const bool has_size = (head & 2) != 0;
  ObuUnit unit{head >> 3 & 0xF, false, {}};
  if ((head & 4) != 0) unit.is_in_upper_layer = (reader.u8() >> 3 & 3) != 0;
  const auto size = has_size ? read_leb128(reader) : std::optional<std::uint64_t>(reader.remaining());
  if (!size) return std::nullopt;
  unit.payload = reader.take(*size);
  return reader.ok() ? std::optional(unit) : std::nullopt;
}

// AV1, 5.5.3. False where there is a model of the decoder.
bool skip_timing(HeaderBits& bits) {
  if (!bits.flag()) return true;
  bits.skip(64);
  if (bits.flag()) {
    int zeros = 0;
    while (bits.ok() && !bits.flag()) ++zeros;
    bits.skip(zeros);
  }
  return !bits.flag();
}

void skip_operating_points(HeaderBits& bits) {
  const bool has_delay = bits.flag();
  for (int points = static_cast<int>(bits.number(5)) + 1; points > 0; --points) {
    bits.skip(12);
    if (bits.number(5) > 7) bits.skip(1);
    if (has_delay && bits.flag()) bits.skip(4);
  }
}

constexpr int kEachSays = 2;

int read_choice(HeaderBits& bits) { return bits.flag() ? kEachSays : static_cast<int>(bits.number(1)); }

}  // namespace

std::optional<std::vector<CodedPicture>> vp9_pictures(ByteView packet) {
  const auto parts = vp9_parts(packet);
  if (!parts) return std::nullopt;
  std::vector<CodedPicture> pictures;
  for (const ByteView part : *parts) {
    const auto picture = vp9_picture(part);
    if (!picture) return std::nullopt;
    pictures.push_back(*picture);
  }
  return pictures;
}

// AV1, 5.5.1.
std::optional<Av1Headers::Sequence> Av1Headers::read_sequence(ByteView unit) {
  HeaderBits bits(unit);
  Sequence sequence;
  bits.skip(4);
  sequence.is_one_picture = bits.flag();
  if (sequence.is_one_picture) return bits.ok() ? std::optional(sequence) : std::nullopt;
  if (!skip_timing(bits)) return std::nullopt;
  skip_operating_points(bits);
  const auto width_bits = static_cast<int>(bits.number(4)) + 1;
  const auto height_bits = static_cast<int>(bits.number(4)) + 1;
  bits.skip(width_bits + height_bits);
  if (bits.flag()) {
    const auto difference_bits = static_cast<int>(bits.number(4)) + 2;
    sequence.number_bits = difference_bits + static_cast<int>(bits.number(3)) + 1;
  }
  bits.skip(3 + 4);  // tools for all pictures, tools for those with references
  const bool has_order = bits.flag();
  if (has_order) bits.skip(2);
  sequence.screen_tools = read_choice(bits);
  sequence.whole_motion = sequence.screen_tools > 0 ? read_choice(bits) : kEachSays;
  if (has_order) sequence.order_bits = static_cast<int>(bits.number(3)) + 1;
  return bits.ok() ? std::optional(sequence) : std::nullopt;
}

// AV1, 5.9.2, to where it tells the slots.
std::optional<CodedPicture> Av1Headers::read_picture(ByteView unit) const {
  enum { kKey = 0, kIntra = 2, kSwitch = 3 };
  if (!sequence_) return std::nullopt;
  CodedPicture picture{true, true, kAllSlots, std::nullopt};
  if (sequence_->is_one_picture) return picture;
  HeaderBits bits(unit);
  if (bits.flag()) {
    picture.shows_slot = static_cast<int>(bits.number(3));
    return bits.ok() ? std::optional(picture) : std::nullopt;
  }
  const auto kind = static_cast<int>(bits.number(2));
  picture.is_key = kind == kKey;
  picture.is_shown = bits.flag();
  if (!picture.is_shown) bits.skip(1);  // may be shown later
  const bool begins_anew = kind == kSwitch || (picture.is_key && picture.is_shown);
  const bool resists_errors = begins_anew || bits.flag();
  bits.skip(1);
  const bool has_screen_tools =
      sequence_->screen_tools == kEachSays ? bits.flag() : sequence_->screen_tools == 1;
  if (has_screen_tools && sequence_->whole_motion == kEachSays) bits.skip(1);
  bits.skip(sequence_->number_bits);
  if (kind != kSwitch) bits.skip(1);
  bits.skip(sequence_->order_bits);
  const bool is_intra = kind == kKey || kind == kIntra;
  if (!is_intra && !resists_errors) bits.skip(3);
  if (!begins_anew) picture.slots = static_cast<std::uint8_t>(bits.number(8));
  return bits.ok() ? std::optional(picture) : std::nullopt;
}

std::optional<std::vector<CodedPicture>> Av1Headers::pictures(ByteView units) {
  enum { kSequence = 1, kHeader = 3, kPicture = 6 };
  std::vector<CodedPicture> pictures;
  ByteReader reader(units);
  while (!reader.at_end()) {
    const auto unit = read_unit(reader);
    if (!unit || unit->is_in_upper_layer) return std::nullopt;
    if (unit->type == kSequence) {
      sequence_ = read_sequence(unit->payload);
      if (!sequence_) return std::nullopt;
    }
    if (unit->type != kHeader && unit->type != kPicture) continue;
    const auto picture = read_picture(unit->payload);
    if (!picture) return std::nullopt;
    pictures.push_back(*picture);
  }
  if (!reader.ok()) return std::nullopt;
  return pictures;
}

void PictureSlots::add(const CodedPicture& picture) {
  int number = 0;
  std::uint8_t slots = picture.slots;
  if (picture.shows_slot) {
    number = slots_.at(static_cast<std::size_t>(*picture.shows_slot));
    waiting_.erase(number);
    // AV1, 7.21: a key picture that is shown late begins everything anew.
    slots = waiting_keys_.erase(number) != 0 ? picture.slots : 0;
  } else {
    number = ++last_;
    if (!picture.is_shown) {
      waiting_.insert(number);
      if (picture.is_key) waiting_keys_.insert(number);
    }
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if ((slots >> i & 1) != 0) slots_[i] = number;
  }
  has_lost_ = has_lost_ || std::any_of(waiting_.begin(), waiting_.end(), [&](int waiting) {
                return std::find(slots_.begin(), slots_.end(), waiting) == slots_.end();
              });
}

}  // namespace face_privacy
