#include "media/nal_filter.h"

#include <algorithm>
#include <array>

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
  // Slices, parameter sets, delimiters, ends (ITU-T H.264 table 7-1, H.265 table 7-1).
  if (codec == NalCodec::kH264)
    return (kind.type >= 1 && kind.type <= 5) || (kind.type >= 7 && kind.type <= 11);
  return kind.type <= 9 || (kind.type >= 16 && kind.type <= 21) || (kind.type >= 32 && kind.type <= 37);
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

void append_unit(ByteView unit, int length_bytes, Bytes& bytes) {
  if (length_bytes == kStartCodes) {
    bytes.insert(bytes.end(), {0, 0, 0, 1});
  } else {
    for (int i = length_bytes - 1; i >= 0; --i)
      bytes.push_back(static_cast<std::uint8_t>(unit.size() >> (8 * i)));
  }
  bytes.insert(bytes.end(), unit.begin(), unit.end());
}

// configurationVersion .. numOfArrays, then arrays of units (ISO/IEC 14496-15).
std::optional<CleanedHeader> clean_hvcc(ByteView header) {
  constexpr std::size_t kFixed = 23;
  if (header.size() < kFixed) return std::nullopt;
  CleanedHeader result{Bytes(header.begin(), header.begin() + kFixed), (header[21] & 3) + 1};
  result.bytes[kFixed - 1] = 0;
  std::size_t at = kFixed;
  for (int array = 0; array < header[kFixed - 1]; ++array) {
    if (at + 3 > header.size()) return std::nullopt;
    const std::size_t begin = at;
    const int type = header[at] & 0x3F;
    const int count = header[at + 1] << 8 | header[at + 2];
    at += 3;
    for (int i = 0; i < count; ++i) {
      if (at + 2 > header.size()) return std::nullopt;
      at += 2 + static_cast<std::size_t>(header[at] << 8 | header[at + 1]);
      if (at > header.size()) return std::nullopt;
    }
    if (type < 32 || type > 34) continue;  // the parameter sets
    ++result.bytes[kFixed - 1];
    result.bytes.insert(result.bytes.end(), header.begin() + static_cast<std::ptrdiff_t>(begin),
                        header.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return result;
}

// configurationVersion .. the sets, and for the high profiles four bytes and more sets.
std::optional<CleanedHeader> clean_avcc(ByteView header) {
  if (header.size() < 7) return std::nullopt;
  std::size_t at = 5;
  const auto skip_sets = [&](int count) {
    for (int i = 0; i < count; ++i) {
      if (at + 2 > header.size()) return false;
      at += 2 + static_cast<std::size_t>(header[at] << 8 | header[at + 1]);
      if (at > header.size()) return false;
    }
    return true;
  };
  const int sequence_sets = header[at++] & 0x1F;
  if (!skip_sets(sequence_sets) || at >= header.size()) return std::nullopt;
  const int picture_sets = header[at++];
  if (!skip_sets(picture_sets)) return std::nullopt;
  const std::size_t end_of_sets = at;
  if (at + 4 <= header.size()) {
    const int extension_sets = header[at + 3];
    at += 4;
    if (!skip_sets(extension_sets)) at = end_of_sets;
  }
  return CleanedHeader{Bytes(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(at)),
                       (header[4] & 3) + 1};
}

}  // namespace

std::optional<Bytes> clean_packet(ByteView packet, NalCodec codec, int length_bytes) {
  Bytes result;
  result.reserve(packet.size() + 64);
  const bool is_whole = for_each_unit(packet, length_bytes, [&](ByteView unit) {
    const UnitKind kind = kind_of(unit, codec);
    if (is_picture(kind, codec)) append_unit(unit, length_bytes, result);
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

}  // namespace face_privacy
