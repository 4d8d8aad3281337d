#include "codec/shared/icc_tags.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/byte_reader.h"
#include "codec/shared/big_endian.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxEntries = 4096;  // of a curve; real ones end there
constexpr std::size_t kMaxChannels = 15;   // the most that the standard has a color space for
constexpr std::size_t kTypeBytes = 8;      // a type's name and four zeros

void append_text(std::string_view text, Bytes& bytes) { bytes.insert(bytes.end(), text.begin(), text.end()); }

void append_view(ByteView view, Bytes& bytes) { bytes.insert(bytes.end(), view.begin(), view.end()); }

void pad(Bytes& bytes) { bytes.resize((bytes.size() + 3) / 4 * 4); }

Bytes begun(std::string_view type) {
  Bytes bytes(type.begin(), type.end());
  bytes.resize(kTypeBytes);
  return bytes;
}

// The type's name and the `count` bytes behind it; nothing where they are not there.
std::optional<Bytes> exactly(ByteView data, std::string_view type, std::size_t count) {
  ByteReader reader(data);
  if (!reader.consume(type)) return std::nullopt;
  reader.skip(4);
  Bytes bytes = begun(type);
  append_view(reader.take(count), bytes);
  if (!reader.ok()) return std::nullopt;
  return bytes;
}

// Numbers of -8 to 8, of 4 bytes each; those of real profiles lie near 1.
std::optional<Bytes> small_numbers(ByteView data, std::string_view type, std::size_t count) {
  constexpr int kMost = 8;
  auto bytes = exactly(data, type, 4 * count);
  if (!bytes) return std::nullopt;
  for (std::size_t at = kTypeBytes; at < bytes->size(); at += 4) {
    const int whole = static_cast<std::int16_t>((*bytes)[at] << 8 | (*bytes)[at + 1]);
    if (whole < -kMost || whole >= kMost) return std::nullopt;
  }
  return bytes;
}

bool is_monotone(ByteView entries) {
  std::vector<int> values;
  for (std::size_t i = 0; i + 2 <= entries.size(); i += 2) values.push_back(entries[i] << 8 | entries[i + 1]);
  return std::is_sorted(values.begin(), values.end()) ||
         std::is_sorted(values.begin(), values.end(), std::greater<>());
}

enum class Shape : std::uint8_t { kAny, kMonotone };

// The curve at the reader's place, which it then stands behind.
std::optional<Bytes> read_table_curve(ByteReader& reader, Shape shape) {
  reader.skip(4);
  const std::uint32_t count = reader.u32();
  if (count > kMaxEntries) return std::nullopt;
  const ByteView entries = reader.take(std::size_t{count} * 2);
  if (!reader.ok() || (shape == Shape::kMonotone && !is_monotone(entries))) return std::nullopt;
  Bytes bytes = begun("curv");
  append_big_endian_u32(count, bytes);
  append_view(entries, bytes);
  return bytes;
}

std::optional<Bytes> read_formula_curve(ByteReader& reader) {
  constexpr std::array<std::size_t, 5> kParameters{1, 3, 4, 5, 7};
  reader.skip(4);
  const std::uint16_t function = reader.u16();
  reader.skip(2);
  if (function >= kParameters.size()) return std::nullopt;
  const ByteView parameters = reader.take(kParameters[function] * 4);
  if (!reader.ok()) return std::nullopt;
  Bytes bytes = begun("para");
  bytes.insert(bytes.end(), {0, static_cast<std::uint8_t>(function), 0, 0});
  append_view(parameters, bytes);
  return bytes;
}

std::optional<Bytes> read_curve(ByteReader& reader, Shape shape) {
  if (reader.consume("curv")) return read_table_curve(reader, shape);
  if (reader.consume("para")) return read_formula_curve(reader);
  return std::nullopt;
}

struct Channels {
  std::size_t in = 0;
  std::size_t out = 0;

  bool are_sensible() const { return in >= 1 && in <= kMaxChannels && out >= 1 && out <= kMaxChannels; }
};

// Of a grid of colors; nothing where it is larger than `most`.
std::optional<std::size_t> entries_of(std::size_t points, std::size_t dimensions, std::size_t out,
                                      std::size_t most) {
  std::size_t entries = out;
  for (std::size_t i = 0; i < dimensions; ++i) {
    if (points == 0 || entries > most / points) return std::nullopt;
    entries *= points;
  }
  return entries;
}

// mft1 and mft2: a matrix, and tables of entries of one size.
std::optional<Bytes> clean_table_of_one_size(ByteView data, std::string_view type, std::size_t entry_bytes) {
  constexpr std::size_t kFixed = 4 + 36;  // channels, points and padding; the matrix
  ByteReader reader(data);
  reader.skip(kTypeBytes);
  const Channels channels{reader.u8(), reader.u8()};
  const std::size_t points = reader.u8();
  reader.skip(1 + 36);
  const std::size_t input_entries = entry_bytes == 1 ? 256 : reader.u16();
  const std::size_t output_entries = entry_bytes == 1 ? 256 : reader.u16();
  if (!reader.ok() || !channels.are_sensible() || input_entries > kMaxEntries || output_entries > kMaxEntries)
    return std::nullopt;
  const auto grid = entries_of(points, channels.in, channels.out, data.size());
  if (!grid) return std::nullopt;
  const std::size_t entries = channels.in * input_entries + *grid + channels.out * output_entries;
  auto bytes = exactly(data, type, kFixed + (entry_bytes == 1 ? 0 : 4) + entries * entry_bytes);
  if (bytes) (*bytes)[kTypeBytes + 3] = 0;
  return bytes;
}

// mAB and mBA: up to five elements, found by their places, which are given anew in one order.
class ElementTable {
 public:
  explicit ElementTable(ByteView data) : data_(data) {}

  std::optional<Bytes> clean(std::string_view type) {
    ByteReader reader(data_);
    reader.skip(kTypeBytes);
    const Channels channels{reader.u8(), reader.u8()};
    if (!reader.ok() || !channels.are_sensible()) return std::nullopt;
    const bool to_connection = type == "mAB "sv;
    const std::size_t near = to_connection ? channels.out : channels.in;  // the connection space's
    const std::size_t far = to_connection ? channels.in : channels.out;
    bytes_ = begun(type);
    bytes_.insert(bytes_.end(),
                  {static_cast<std::uint8_t>(channels.in), static_cast<std::uint8_t>(channels.out)});
    bytes_.resize(kHeadBytes);
    const bool good = place_of(kBCurves) != 0 && add_curves(kBCurves, near) && add_matrix() &&
                      add_curves(kMCurves, near) && add_grid(channels) && add_curves(kACurves, far);
    if (!good) return std::nullopt;
    return std::move(bytes_);
  }

 private:
  // Where the head holds the place of each.
  enum Element : std::size_t { kBCurves = 12, kMatrix = 16, kMCurves = 20, kGrid = 24, kACurves = 28 };
  static constexpr std::size_t kHeadBytes = 32;

  std::size_t place_of(Element element) const {
    ByteReader reader(data_);
    reader.seek(element);
    return reader.u32();
  }

  void begin(Element element) {
    pad(bytes_);
    Bytes place;
    append_big_endian_u32(static_cast<std::uint32_t>(bytes_.size()), place);
    std::copy(place.begin(), place.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(element));
  }

  bool add_curves(Element element, std::size_t count) {
    if (place_of(element) == 0) return true;
    ByteReader reader(data_);
    reader.seek(place_of(element));
    begin(element);
    for (std::size_t i = 0; i < count; ++i) {
      const auto curve = read_curve(reader, Shape::kAny);
      if (!curve) return false;
      append_view(*curve, bytes_);
      pad(bytes_);
      reader.skip(std::min((4 - reader.position() % 4) % 4, reader.remaining()));
    }
    return true;
  }

  bool add_matrix() {
    constexpr std::size_t kMatrixBytes = 48;
    return place_of(kMatrix) == 0 || add(kMatrix, kMatrixBytes);
  }

  bool add(Element element, std::size_t count) {
    ByteReader reader(data_);
    reader.seek(place_of(element));
    begin(element);
    append_view(reader.take(count), bytes_);
    return reader.ok();
  }

  bool add_grid(const Channels& channels) {
    constexpr std::size_t kDimensions = 16;
    if (place_of(kGrid) == 0) return true;
    ByteReader reader(data_);
    reader.seek(place_of(kGrid));
    const ByteView points = reader.take(kDimensions);
    const std::size_t entry_bytes = reader.u8();
    if (!reader.ok() || entry_bytes < 1 || entry_bytes > 2) return false;
    std::size_t size = channels.out * entry_bytes;
    for (std::size_t i = 0; i < channels.in; ++i) {
      const auto larger = entries_of(points[i], 1, size, data_.size());
      if (!larger) return false;
      size = *larger;
    }
    if (!add(kGrid, kDimensions + 4 + size)) return false;
    const auto head = bytes_.end() - static_cast<std::ptrdiff_t>(kDimensions + 4 + size);
    std::fill(head + static_cast<std::ptrdiff_t>(channels.in), head + kDimensions, std::uint8_t{0});
    std::fill(head + kDimensions + 1, head + kDimensions + 4, std::uint8_t{0});
    return true;
  }

  ByteView data_;
  Bytes bytes_;
};

}  // namespace

std::optional<Bytes> clean_icc_xyz(ByteView data) { return small_numbers(data, "XYZ ", 3); }

std::optional<Bytes> clean_icc_matrix(ByteView data) { return small_numbers(data, "sf32", 9); }

std::optional<Bytes> clean_icc_code_points(ByteView data) { return exactly(data, "cicp", 4); }

std::optional<Bytes> clean_icc_curve(ByteView data) {
  ByteReader reader(data);
  return read_curve(reader, Shape::kMonotone);
}

std::optional<Bytes> clean_icc_table(ByteView data) {
  const std::string_view type = ByteReader(data).text(4);
  if (type == "mft1") return clean_table_of_one_size(data, type, 1);
  if (type == "mft2") return clean_table_of_one_size(data, type, 2);
  if (type == "mAB " || type == "mBA ") return ElementTable(data).clean(type);
  return std::nullopt;
}

Bytes icc_description(std::string_view text) {
  constexpr std::size_t kOtherScripts = 4 + 4 + 2 + 1 + 67;  // Unicode and Macintosh, both empty
  Bytes bytes = begun("desc");
  append_big_endian_u32(static_cast<std::uint32_t>(text.size() + 1), bytes);
  append_text(text, bytes);
  bytes.resize(bytes.size() + 1 + kOtherScripts);
  return bytes;
}

Bytes icc_text(std::string_view text) {
  Bytes bytes = begun("text");
  append_text(text, bytes);
  bytes.push_back(0);
  return bytes;
}

Bytes icc_localized_text(std::string_view text) {
  constexpr std::uint32_t kRecordBytes = 12;
  constexpr std::uint32_t kTextAt = 28;
  Bytes bytes = begun("mluc");
  append_big_endian_u32(1, bytes);
  append_big_endian_u32(kRecordBytes, bytes);
  append_text("enUS", bytes);
  append_big_endian_u32(static_cast<std::uint32_t>(2 * text.size()), bytes);
  append_big_endian_u32(kTextAt, bytes);
  for (const char letter : text) bytes.insert(bytes.end(), {0, static_cast<std::uint8_t>(letter)});
  return bytes;
}

}  // namespace face_privacy
