#include "media/splice.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "media/demuxer_impl.h"
#include "media/nal_filter.h"

namespace face_privacy {
namespace {

constexpr int kNumbers = 32;  // of sequence parameter sets; H.264 has eight times as many for pictures'

constexpr int kIdrPicture = 5;  // ITU-T H.264, table 7-1
constexpr int kSequenceSet = 7;

int type_of(ByteView unit) { return unit[0] & 0x1F; }

// The unsigned Exp-Golomb number at the beginning (ITU-T H.264, 9.1). None above 254, which no set has. A
// byte that keeps start codes out cannot stand within the first two bytes of a unit's payload, which is as
// far as a number reaches that is not refused.
std::optional<int> read_number(ByteView bytes) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 2; ++i) bits = bits << 8 | (i < bytes.size() ? bytes[i] : 0);
  int zeros = 0;
  while (zeros < 8 && (bits >> (15 - zeros) & 1) == 0) ++zeros;
  if (zeros > 7) return std::nullopt;
  return static_cast<int>(bits >> (15 - 2 * zeros)) - 1;
}

// Of a parameter set. One of a sequence has profile, constraints and level before its number.
std::optional<int> number_of(ByteView set) {
  const std::size_t before = type_of(set) == kSequenceSet ? 4 : 1;
  if (set.size() <= before) return std::nullopt;
  return read_number(set.subspan(before));
}

ByteView bytes_of(const Packet& packet) {
  const AVPacket& coded = *packet.impl().packet;
  return {coded.data, static_cast<std::size_t>(coded.size)};
}

// Baseline, Main, High: 8 bits, 4:2:0.
bool is_plain_profile(std::uint8_t profile) { return profile == 66 || profile == 77 || profile == 100; }

void append_sets(const std::vector<ByteView>& sets, bool of_sequence, std::uint8_t reserved, Bytes& bytes) {
  const std::size_t count_at = bytes.size();
  bytes.push_back(reserved);
  for (const ByteView set : sets) {
    if ((type_of(set) == kSequenceSet) != of_sequence) continue;
    append_unit(set, 2, bytes);
    ++bytes[count_at];
  }
}

}  // namespace

std::optional<Splice> Splice::plan(const Demuxer& source) {
  const AVCodecParameters& coded = *source.impl().video_stream().codecpar;
  const ByteView header{coded.extradata, static_cast<std::size_t>(std::max(0, coded.extradata_size))};
  if (coded.codec_id != AV_CODEC_ID_H264 || header.size() < 7 || header[0] != 1) return std::nullopt;
  const auto clean = clean_header(header, NalCodec::kH264);
  if (!clean || !is_plain_profile(clean->bytes[1])) return std::nullopt;
  std::bitset<kNumbers> taken;
  for (const ByteView set : parameter_sets_of(clean->bytes, NalCodec::kH264)) {
    const auto number = number_of(set);
    if (!number) return std::nullopt;
    if (*number < kNumbers) taken.set(static_cast<std::size_t>(*number));
  }
  Splice splice;
  splice.length_bytes_ = clean->length_bytes;
  for (int number = 1; number < kNumbers && splice.set_number_ == 0; ++number) {
    if (!taken.test(static_cast<std::size_t>(number))) splice.set_number_ = number;
  }
  if (splice.set_number_ == 0) return std::nullopt;
  return splice;
}

bool Splice::begins_group(const Packet& packet) const {
  const auto units = units_in(bytes_of(packet), length_bytes_);
  return units && std::any_of(units->begin(), units->end(),
                              [](ByteView unit) { return type_of(unit) == kIdrPicture; });
}

bool Splice::leaves_number(const Packet& packet) const {
  if (!units_in(bytes_of(packet), length_bytes_)) return false;
  const auto sets = parameter_sets_in(bytes_of(packet), NalCodec::kH264, length_bytes_);
  return std::all_of(sets.begin(), sets.end(), [&](ByteView set) {
    const auto number = number_of(set);
    return number && *number != set_number_;
  });
}

std::optional<Bytes> join_headers(ByteView avcc, ByteView encoder_sets) {
  const auto source = clean_header(avcc, NalCodec::kH264);
  if (!source || source->bytes.size() < 7 || source->bytes[0] != 1) return std::nullopt;
  std::vector<ByteView> sets = parameter_sets_of(source->bytes, NalCodec::kH264);
  const auto added = parameter_sets_in(encoder_sets, NalCodec::kH264, kStartCodes);
  const auto sequence = std::find_if(added.begin(), added.end(), [](ByteView set) {
    return type_of(set) == kSequenceSet && set.size() > 4 && is_plain_profile(set[1]);
  });
  if (sequence == added.end()) return std::nullopt;
  sets.insert(sets.end(), added.begin(), added.end());
  if (sets.size() >= kNumbers) return std::nullopt;
  // What a decoder must be able to do: the more of both. High takes what the other two do here.
  Bytes joined(source->bytes.begin(), source->bytes.begin() + 5);
  joined[1] = std::max(joined[1], (*sequence)[1]);
  joined[2] &= (*sequence)[2];
  joined[3] = std::max(joined[3], (*sequence)[3]);
  append_sets(sets, true, 0xE0, joined);
  append_sets(sets, false, 0, joined);
  constexpr std::uint8_t kHigh = 100;
  // 4:2:0, 8 bits, 8 bits, no further sets.
  if (joined[1] == kHigh) joined.insert(joined.end(), {0xFD, 0xF8, 0xF8, 0});
  return joined;
}

std::optional<Bytes> with_lengths(ByteView packet, int length_bytes) {
  const auto units = units_in(packet, kStartCodes);
  if (!units) return std::nullopt;
  Bytes result;
  for (const ByteView unit : *units) {
    if (unit.size() >> (8 * length_bytes) != 0) return std::nullopt;
    append_unit(unit, length_bytes, result);
  }
  return result;
}

}  // namespace face_privacy
