#include "codec/heif/coded_size.h"

#include <algorithm>
#include <utility>

#include "base/byte_reader.h"

namespace face_privacy {
namespace {

// --- bits

// Reads from the highest bit on; behind the end there are zeros.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  std::uint64_t bits(int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i, ++position_) {
      const std::size_t byte = position_ / 8;
      const unsigned bit = byte < bytes_.size() ? bytes_[byte] >> (7 - position_ % 8) & 1U : 0U;
      value = value << 1 | bit;
    }
    return value;
  }
  bool flag() { return bits(1) != 0; }
  void skip(int count) { position_ += static_cast<std::size_t>(count); }

  // Exponential Golomb: as many bits follow the first one as zeros stand before it.
  std::uint64_t golomb() {
    int zeros = 0;
    while (zeros < 32 && !flag()) ++zeros;
    return (std::uint64_t{1} << zeros) - 1 + bits(zeros);
  }

 private:
  ByteView bytes_;
  std::size_t position_ = 0;
};

// --- AV1 bitstream specification, 5.3 to 5.5

using Av1Size = std::pair<std::uint64_t, std::uint64_t>;

void skip_timing(BitReader& reader, int& delay_bits) {
  reader.skip(64);                     // units
  if (reader.flag()) reader.golomb();  // equal_picture_interval
  if (!reader.flag()) return;          // decoder_model_info_present_flag
  delay_bits = static_cast<int>(reader.bits(5)) + 1;
  reader.skip(32 + 5 + 5);
}

void skip_operating_points(BitReader& reader) {
  int delay_bits = 0;
  if (reader.flag()) skip_timing(reader, delay_bits);
  const bool has_display_delay = reader.flag();
  const std::uint64_t count = reader.bits(5) + 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    reader.skip(12);
    if (reader.bits(5) > 7) reader.skip(1);  // the level, then the tier
    if (delay_bits > 0 && reader.flag()) reader.skip(2 * delay_bits + 1);
    if (has_display_delay && reader.flag()) reader.skip(4);
  }
}

Av1Size av1_sequence_size(ByteView header) {
  BitReader reader(header);
  reader.skip(3 + 1);  // profile, still_picture
  if (reader.flag()) {
    reader.skip(5);  // reduced_still_picture_header: the level alone
  } else {
    skip_operating_points(reader);
  }
  const int width_bits = static_cast<int>(reader.bits(4)) + 1;
  const int height_bits = static_cast<int>(reader.bits(4)) + 1;
  const std::uint64_t width = reader.bits(width_bits) + 1;
  return {width, reader.bits(height_bits) + 1};
}

// Takes one unit's length, in groups of seven bits.
std::uint64_t take_leb128(ByteReader& reader) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 56; shift += 7) {
    const std::uint64_t byte = reader.number(1);
    value |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  return value;
}

// What the units of an item or of its configuration hold.
struct Av1Units {
  std::vector<Av1Size> sequences;
  int frames = 0;
};

// False for units that do not fit.
bool read_av1_units(ByteView bytes, Av1Units& units) {
  constexpr std::uint64_t kSequenceHeader = 1;
  constexpr std::uint64_t kFrameHeader = 3;
  constexpr std::uint64_t kFrame = 6;
  ByteReader reader(bytes);
  while (!reader.at_end()) {
    const std::uint64_t header = reader.number(1);
    if ((header & 4) != 0) reader.number(1);  // an extension
    const std::uint64_t length = (header & 2) != 0 ? take_leb128(reader) : reader.remaining();
    const ByteView payload = reader.take(length);
    const std::uint64_t type = header >> 3 & 15;
    if (type == kSequenceHeader) units.sequences.push_back(av1_sequence_size(payload));
    if (type == kFrameHeader || type == kFrame) ++units.frames;
  }
  return reader.ok();
}

// --- HEVC, ITU-T H.265, 7.3

constexpr std::uint64_t kChroma420 = 1;
constexpr std::uint64_t kChroma422 = 2;
constexpr std::uint64_t kChroma444 = 3;

HeifCodedPicture hevc_sequence_size(ByteView unit) {
  Bytes payload;  // without the bytes that keep start codes from appearing
  for (std::size_t i = 2; i < unit.size(); ++i) {
    if (i >= 4 && unit[i] == 3 && unit[i - 1] == 0 && unit[i - 2] == 0) continue;
    payload.push_back(unit[i]);
  }
  BitReader reader(payload);
  reader.skip(4);
  const int sub_layers = static_cast<int>(reader.bits(3));
  reader.skip(1 + 96);  // the general profile, tier and level
  std::vector<bool> present(2 * static_cast<std::size_t>(sub_layers));
  for (std::size_t i = 0; i < present.size(); ++i) present[i] = reader.flag();
  if (sub_layers > 0) reader.skip(2 * (8 - sub_layers));
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (present[i]) reader.skip(i % 2 == 0 ? 88 : 8);
  }
  reader.golomb();  // the set's number
  const std::uint64_t chroma = reader.golomb();
  if (chroma == kChroma444) reader.skip(1);  // separate_color_plane_flag
  HeifCodedPicture picture;
  picture.width = picture.coded_width = reader.golomb();
  picture.height = picture.coded_height = reader.golomb();
  if (!reader.flag()) return picture;  // no conformance window
  const std::uint64_t unit_x = chroma == kChroma420 || chroma == kChroma422 ? 2 : 1;
  const std::uint64_t unit_y = chroma == kChroma420 ? 2 : 1;
  const std::uint64_t across = reader.golomb();
  const std::uint64_t cut_x = unit_x * (across + reader.golomb());
  const std::uint64_t down = reader.golomb();
  const std::uint64_t cut_y = unit_y * (down + reader.golomb());
  picture.width -= std::min(cut_x, picture.width);
  picture.height -= std::min(cut_y, picture.height);
  return picture;
}

struct HevcUnits {
  std::vector<HeifCodedPicture> sequences;
  int pictures = 0;
};

void read_hevc_unit(ByteView unit, HevcUnits& units) {
  constexpr unsigned kSequenceParameterSet = 33;
  constexpr unsigned kFirstOfNoPicture = 32;
  if (unit.size() < 3) return;
  const unsigned type = unit[0] >> 1 & 63;
  if (type == kSequenceParameterSet) units.sequences.push_back(hevc_sequence_size(unit));
  // A picture's first slice says so in its first bit.
  if (type < kFirstOfNoPicture && (unit[2] & 0x80) != 0) ++units.pictures;
}

// Units in an item, each behind its length of four bytes, which is what libheif expects as well.
bool read_hevc_units(ByteView bytes, HevcUnits& units) {
  ByteReader reader(bytes);
  while (!reader.at_end()) read_hevc_unit(reader.take(reader.number(4)), units);
  return reader.ok();
}

// Units in an hvcC box, ISO/IEC 14496-15, 8.3.3.1: arrays of them behind 22 bytes.
bool read_hevc_configuration(ByteView box, HevcUnits& units) {
  ByteReader reader(box);
  reader.take(22);
  const std::uint64_t arrays = reader.number(1);
  for (std::uint64_t array = 0; array < arrays && reader.ok(); ++array) {
    reader.number(1);  // what they are
    const std::uint64_t count = reader.number(2);
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
      read_hevc_unit(reader.take(reader.number(2)), units);
    }
  }
  return reader.ok();
}

// A still needs one. Layers of a picture may come as several; more would be decoded for nothing.
constexpr int kMaxAv1Frames = 8;

}  // namespace

std::optional<HeifCodedPicture> av1_coded_picture(ByteView configuration, ByteView item) {
  constexpr std::size_t kFixedBytes = 4;
  Av1Units units;
  if (configuration.size() < kFixedBytes || !read_av1_units(configuration.subspan(kFixedBytes), units) ||
      !read_av1_units(item, units)) {
    return std::nullopt;
  }
  if (units.sequences.empty() || units.frames < 1 || units.frames > kMaxAv1Frames) return std::nullopt;
  const Av1Size size = units.sequences.front();
  const auto differs = [&](const Av1Size& other) { return other != size; };
  if (std::any_of(units.sequences.begin(), units.sequences.end(), differs)) return std::nullopt;
  return HeifCodedPicture{size.first, size.second, size.first, size.second};
}

std::optional<HeifCodedPicture> hevc_coded_picture(ByteView configuration, ByteView item) {
  HevcUnits units;
  if (!read_hevc_configuration(configuration, units) || !read_hevc_units(item, units)) return std::nullopt;
  if (units.sequences.empty() || units.pictures != 1) return std::nullopt;
  const HeifCodedPicture& picture = units.sequences.front();
  const auto differs = [&](const HeifCodedPicture& other) { return other != picture; };
  if (std::any_of(units.sequences.begin(), units.sequences.end(), differs)) return std::nullopt;
  return picture;
}

}  // namespace face_privacy
