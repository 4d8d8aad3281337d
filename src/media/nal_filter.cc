#include "media/nal_filter.h"

#include <algorithm>
#include <array>

#include "base/byte_reader.h"

namespace face_privacy {
namespace {

struct UnitKind {
  int type;
  int layer;
  std::size_t header_bytes;
};

UnitKind kind_of(ByteView unit, NalCodec codec) {
  if (codec == NalCodec::kH264) return {unit[0] & 0x1F, 0, 1};
  const int layer = unit.size() > 1 ? (unit[0] & 1) << 5 | unit[1] >> 3 : 0;
  return {unit[0] >> 1 & 0x3F, layer, 2};
}

bool is_picture(const UnitKind& kind, NalCodec codec) {
  if (kind.layer != 0) return false;
  // Slices, whole ones: the partitions of H.264's types 2 to 4 are decoded nowhere, so nobody has looked at
  // them (ITU-T H.264 table 7-1, H.265 table 7-1).
  if (codec == NalCodec::kH264) return kind.type == 1 || kind.type == 5;
  return kind.type <= 9 || (kind.type >= 16 && kind.type <= 21);
}

bool is_parameter_set(const UnitKind& kind, NalCodec codec) {
  if (kind.layer != 0) return false;
  if (codec == NalCodec::kH264) return kind.type == 7 || kind.type == 8;
  return kind.type >= 32 && kind.type <= 34;
}

// Where a slice of H.264 begins in its picture, in macroblocks (ITU-T H.264, 7.3.3 and 9.1): no byte that
// keeps start codes out stands within a number so small. None above 65,534, which no picture has.
std::optional<std::uint32_t> first_macroblock(ByteView slice) {
  constexpr int kMostZeros = 15;
  std::uint32_t bits = 0;
  for (std::size_t i = 1; i <= 4; ++i) bits = bits << 8 | (i < slice.size() ? slice[i] : 0);
  int zeros = 0;
  while (zeros <= kMostZeros && (bits >> (31 - zeros) & 1) == 0) ++zeros;
  if (zeros > kMostZeros) return std::nullopt;
  return (bits >> (31 - 2 * zeros)) - 1;
}

// Whether a slice of H.265 is its picture's first (7.3.6.1).
bool is_first_slice(ByteView slice) { return slice.size() > 2 && (slice[2] & 0x80) != 0; }

// A delimiter of access units, three bits and the end mark, or the mark of a sequence's or a stream's end,
// which holds nothing; else empty.
Bytes clean_mark(ByteView unit, const UnitKind& kind, NalCodec codec) {
  constexpr std::uint8_t kPictureKinds = 0xE0;
  constexpr std::uint8_t kEndMark = 0x10;
  const int delimiter = codec == NalCodec::kH264 ? 9 : 35;
  const bool is_mark = kind.layer == 0 && kind.type >= delimiter && kind.type <= delimiter + 2;
  if (!is_mark || unit.size() < kind.header_bytes) return {};
  Bytes mark(unit.begin(), unit.begin() + static_cast<std::ptrdiff_t>(kind.header_bytes));
  if (kind.type != delimiter) return mark;
  if (unit.size() == kind.header_bytes) return {};
  mark.push_back(static_cast<std::uint8_t>((unit[kind.header_bytes] & kPictureKinds) | kEndMark));
  return mark;
}

bool is_sei(const UnitKind& kind, NalCodec codec) {
  return kind.layer == 0 && (codec == NalCodec::kH264 ? kind.type == 6 : kind.type == 39 || kind.type == 40);
}

// Buffering and timing, recovery point, pan-scan, field hints, stereo arrangement, orientation, parameter set
// and decoding unit info, hash, mastering display, content light, viewing environment, alternative transfer.
bool is_kept_sei(int type) {
  static constexpr std::array kTypes = {0, 1, 2, 6, 45, 47, 129, 130, 132, 136, 137, 144, 147, 148};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

// Without the bytes that keep start codes out.
Bytes payload_of(ByteView escaped) {
  Bytes bytes;
  bytes.reserve(escaped.size());
  int zeros = 0;
  for (const std::uint8_t byte : escaped) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    bytes.push_back(byte);
  }
  return bytes;
}

void append_escaped(ByteView payload, Bytes& bytes) {
  int zeros = 0;
  for (const std::uint8_t byte : payload) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    bytes.push_back(byte);
  }
}

// A number as SEI writes it: 255s, and what remains.
std::optional<int> read_sei_number(ByteView bytes, std::size_t& at) {
  int number = 0;
  for (; at < bytes.size() && number < 1 << 24; ++at) {
    number += bytes[at];
    if (bytes[at] != 255) {
      ++at;
      return number;
    }
  }
  return std::nullopt;
}

// Empty where nothing in it is kept, or it cannot be read.
Bytes clean_sei(ByteView unit, std::size_t header_bytes) {
  if (unit.size() <= header_bytes) return {};
  const Bytes payload = payload_of(unit.subspan(header_bytes));
  Bytes kept;
  std::size_t at = 0;
  while (at + 2 <= payload.size()) {  // one byte is the end mark
    const std::size_t begin = at;
    const auto type = read_sei_number(payload, at);
    const auto size = type ? read_sei_number(payload, at) : std::nullopt;
    if (!size || at + static_cast<std::size_t>(*size) > payload.size()) return {};
    at += static_cast<std::size_t>(*size);
    if (is_kept_sei(*type)) {
      kept.insert(kept.end(), payload.begin() + static_cast<std::ptrdiff_t>(begin),
                  payload.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  if (kept.empty()) return {};
  kept.push_back(0x80);
  Bytes result(unit.begin(), unit.begin() + static_cast<std::ptrdiff_t>(header_bytes));
  append_escaped(kept, result);
  return result;
}

// Calls visit(unit) for each; false where the framing is broken.
template <class Visit>
bool for_each_unit(ByteView packet, int length_bytes, Visit visit) {
  if (length_bytes == kStartCodes) {
    const auto next_code = [&](std::size_t from) {
      for (std::size_t at = from; at + 3 <= packet.size(); ++at) {
        if (packet[at] == 0 && packet[at + 1] == 0 && packet[at + 2] == 1) return at;
      }
      return packet.size();
    };
    for (std::size_t code = next_code(0); code < packet.size();) {
      const std::size_t begin = code + 3;
      code = next_code(begin);
      std::size_t end = code;
      while (end > begin && packet[end - 1] == 0) --end;  // of a longer start code, or filling
      if (end > begin) visit(packet.subspan(begin, end - begin));
    }
    return true;
  }
  const auto prefix = static_cast<std::size_t>(length_bytes);
  while (!packet.empty()) {
    if (packet.size() < prefix) return false;
    std::size_t size = 0;
    for (std::size_t i = 0; i < prefix; ++i) size = size << 8 | packet[i];
    packet = packet.subspan(prefix);
    if (size > packet.size()) return false;
    if (size > 0) visit(packet.first(size));
    packet = packet.subspan(size);
  }
  return true;
}

// A unit with its length before it, as avcC and hvcC have them; none where it is not there.
std::optional<ByteView> take_set(ByteReader& reader) {
  const ByteView set = reader.take(reader.u16());
  if (!reader.ok()) return std::nullopt;
  return set;
}

bool is_parameter_set(ByteView unit, NalCodec codec) {
  return !unit.empty() && is_parameter_set(kind_of(unit, codec), codec);
}

void append_set(ByteView set, Bytes& bytes) { append_unit(set, 2, bytes); }

// Where the header gives the number of sets, by `count_at`: 5 bits or 8.
bool clean_sets(ByteReader& reader, std::uint8_t count_bits, Bytes& bytes) {
  const std::uint8_t count = reader.u8();
  const std::size_t count_at = bytes.size();
  bytes.push_back(count & static_cast<std::uint8_t>(~count_bits));
  for (int i = 0; i < (count & count_bits); ++i) {
    const auto set = take_set(reader);
    if (!set) return false;
    if (!is_parameter_set(*set, NalCodec::kH264)) continue;
    append_set(*set, bytes);
    ++bytes[count_at];
  }
  return reader.ok();
}

// configurationVersion .. numOfArrays, then arrays of units (ISO/IEC 14496-15).
std::optional<CleanedHeader> clean_hvcc(ByteView header) {
  constexpr std::size_t kFixed = 23;
  if (header.size() < kFixed) return std::nullopt;
  CleanedHeader result{Bytes(header.begin(), header.begin() + kFixed), (header[21] & 3) + 1};
  result.bytes[kFixed - 1] = 0;
  ByteReader reader(header);
  reader.skip(kFixed);
  for (int array = 0; array < header[kFixed - 1]; ++array) {
    const std::uint8_t type = reader.u8();
    const std::uint16_t count = reader.u16();
    Bytes sets;
    std::uint16_t kept = 0;
    for (int i = 0; i < count; ++i) {
      const auto set = take_set(reader);
      if (!set) return std::nullopt;
      if (!is_parameter_set(*set, NalCodec::kHevc) || kind_of(*set, NalCodec::kHevc).type != (type & 0x3F))
        continue;
      append_set(*set, sets);
      ++kept;
    }
    if (!reader.ok()) return std::nullopt;
    if (kept == 0) continue;
    ++result.bytes[kFixed - 1];
    const auto low = static_cast<std::uint8_t>(kept & 0xFF);
    result.bytes.insert(result.bytes.end(), {type, static_cast<std::uint8_t>(kept >> 8), low});
    result.bytes.insert(result.bytes.end(), sets.begin(), sets.end());
  }
  return result;
}

// configurationVersion .. the sets, and for the high profiles three bytes and the number of further sets, of
// which none is needed.
std::optional<CleanedHeader> clean_avcc(ByteView header) {
  constexpr std::size_t kFixed = 5;
  constexpr std::size_t kHighBytes = 3;
  if (header.size() < kFixed + 2) return std::nullopt;
  CleanedHeader result{Bytes(header.begin(), header.begin() + kFixed), (header[4] & 3) + 1};
  ByteReader reader(header);
  reader.skip(kFixed);
  if (!clean_sets(reader, 0x1F, result.bytes) || !clean_sets(reader, 0xFF, result.bytes)) return std::nullopt;
  constexpr std::array<std::uint8_t, 3> kWithoutMore = {66, 77, 88};  // Baseline, Main, Extended
  const bool is_high = std::find(kWithoutMore.begin(), kWithoutMore.end(), header[1]) == kWithoutMore.end();
  if (!is_high || reader.remaining() < kHighBytes + 1) return result;
  constexpr std::array<std::uint8_t, kHighBytes> kReserved = {0xFC, 0xF8, 0xF8};
  for (const std::uint8_t reserved : kReserved) result.bytes.push_back(reader.u8() | reserved);
  result.bytes.push_back(0);
  return result;
}

// Messages, which stand beside the sets, are left out, as they are of the cleaned header.
std::vector<ByteView> sets_of_hvcc(ByteView header) {
  std::vector<ByteView> sets;
  ByteReader reader(header);
  reader.skip(22);
  for (int array = reader.u8(); array > 0 && reader.ok(); --array) {
    reader.skip(1);
    for (int count = reader.u16(); count > 0 && reader.ok(); --count) {
      const auto set = take_set(reader);
      if (set && is_parameter_set(*set, NalCodec::kHevc)) sets.push_back(*set);
    }
  }
  return sets;
}

std::vector<ByteView> sets_of_avcc(ByteView header) {
  std::vector<ByteView> sets;
  ByteReader reader(header);
  reader.skip(5);
  for (const int count_bits : {0x1F, 0xFF}) {
    for (int count = reader.u8() & count_bits; count > 0 && reader.ok(); --count) {
      const auto set = take_set(reader);
      if (set && is_parameter_set(*set, NalCodec::kH264)) sets.push_back(*set);
    }
  }
  return sets;
}

}  // namespace

void append_unit(ByteView unit, int length_bytes, Bytes& bytes) {
  if (length_bytes == kStartCodes) {
    bytes.insert(bytes.end(), {0, 0, 0, 1});
  } else {
    for (int i = length_bytes - 1; i >= 0; --i)
      bytes.push_back(static_cast<std::uint8_t>(unit.size() >> (8 * i)));
  }
  bytes.insert(bytes.end(), unit.begin(), unit.end());
}

std::optional<std::vector<ByteView>> units_in(ByteView packet, int length_bytes) {
  std::vector<ByteView> units;
  if (!for_each_unit(packet, length_bytes, [&](ByteView unit) { units.push_back(unit); }))
    return std::nullopt;
  return units;
}

bool holds_one_picture(ByteView packet, NalCodec codec, int length_bytes) {
  std::optional<std::uint32_t> last;
  bool is_one = true;
  const bool is_whole = for_each_unit(packet, length_bytes, [&](ByteView unit) {
    if (!is_picture(kind_of(unit, codec), codec)) return;
    if (codec == NalCodec::kHevc) {
      is_one = is_one && is_first_slice(unit) != last.has_value();
      last = 0;
      return;
    }
    const auto first = first_macroblock(unit);
    is_one = is_one && first && (last ? *first > *last : *first == 0);
    last = first.value_or(0);
  });
  return is_whole && is_one;
}

std::optional<Bytes> clean_packet(ByteView packet, NalCodec codec, int length_bytes) {
  Bytes result;
  result.reserve(packet.size() + 64);
  const bool is_whole = for_each_unit(packet, length_bytes, [&](ByteView unit) {
    const UnitKind kind = kind_of(unit, codec);
    if (is_picture(kind, codec) || is_parameter_set(kind, codec)) append_unit(unit, length_bytes, result);
    if (const Bytes mark = clean_mark(unit, kind, codec); !mark.empty())
      append_unit(mark, length_bytes, result);
    if (!is_sei(kind, codec)) return;
    const Bytes kept = clean_sei(unit, kind.header_bytes);
    if (!kept.empty()) append_unit(kept, length_bytes, result);
  });
  if (!is_whole) return std::nullopt;
  return result;
}

std::optional<CleanedHeader> clean_header(ByteView header, NalCodec codec) {
  if (header.empty()) return CleanedHeader{};
  if (header[0] == 1) return codec == NalCodec::kH264 ? clean_avcc(header) : clean_hvcc(header);
  auto units = clean_packet(header, codec, kStartCodes);
  if (!units) return std::nullopt;
  return CleanedHeader{std::move(*units), kStartCodes};
}

std::vector<ByteView> parameter_sets_in(ByteView packet, NalCodec codec, int length_bytes) {
  std::vector<ByteView> sets;
  for_each_unit(packet, length_bytes, [&](ByteView unit) {
    if (is_parameter_set(unit, codec)) sets.push_back(unit);
  });
  return sets;
}

std::vector<ByteView> parameter_sets_of(ByteView header, NalCodec codec) {
  if (header.empty()) return {};
  if (header[0] != 1) return parameter_sets_in(header, codec, kStartCodes);
  return codec == NalCodec::kH264 ? sets_of_avcc(header) : sets_of_hvcc(header);
}

}  // namespace face_privacy
