#include "codec/metadata/kept_exif.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <vector>

#include "codec/shared/tiff_structure.h"

namespace face_privacy {
namespace {

// What the picture shows and how it was taken, TIFF 6.0 and EXIF 3.0.
constexpr std::array<std::uint16_t, 11> kMainTags{0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128,
                                                  0x0131, 0x0132, 0x013B, 0x0213, 0x8298};
constexpr std::array<std::uint16_t, 62> kExifTags{
    0x829A, 0x829D, 0x8822, 0x8827, 0x8830, 0x8831, 0x8832, 0x8833, 0x8834, 0x8835, 0x9000, 0x9003, 0x9004,
    0x9010, 0x9011, 0x9012, 0x9101, 0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207, 0x9208, 0x9209,
    0x920A, 0x9290, 0x9291, 0x9292, 0x9400, 0x9401, 0x9402, 0x9403, 0x9404, 0x9405, 0xA000, 0xA001, 0xA20E,
    0xA20F, 0xA210, 0xA217, 0xA300, 0xA301, 0xA401, 0xA402, 0xA403, 0xA404, 0xA405, 0xA406, 0xA407, 0xA408,
    0xA409, 0xA40A, 0xA40C, 0xA432, 0xA433, 0xA434, 0xA460, 0xA461, 0xA500, 0x8824};
constexpr std::uint16_t kLastGpsTag = 0x001F;

constexpr std::uint16_t kOrientation = 0x0112;
constexpr std::uint16_t kExifDirectory = 0x8769;
constexpr std::uint16_t kGpsDirectory = 0x8825;
constexpr std::uint16_t kWidth = 0xA002;
constexpr std::uint16_t kHeight = 0xA003;

constexpr std::uint16_t kAscii = 2;
constexpr std::uint16_t kShort = 3;
constexpr std::uint16_t kLong = 4;
constexpr std::uint16_t kLastType = 12;
constexpr std::size_t kMaxTextBytes = 4096;  // mapping apps write JSON into ImageDescription
constexpr std::size_t kMaxBase64Run = 128;   // words, numbers and keys are shorter
constexpr std::size_t kMaxValueBytes = 256;
constexpr std::size_t kMaxBlockBytes = 60'000;  // an APP1 segment has 65,533
constexpr std::uint64_t kMaxEntries = 512;

struct Entry {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint32_t count = 0;
  Bytes value;  // as it is stored
};
using Directory = std::vector<Entry>;

bool is_of_base64(std::uint8_t byte) {
  return std::isalnum(byte) != 0 || byte == '+' || byte == '/' || byte == '-' || byte == '_' || byte == '=';
}

std::size_t longest_base64_run(ByteView value) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const std::uint8_t byte : value) {
    run = is_of_base64(byte) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// Text that is text: a picture would not pass, nor one that is written as base64 or hexadecimal digits.
bool is_text(ByteView value) {
  while (!value.empty() && value.back() == 0) value = value.first(value.size() - 1);
  if (longest_base64_run(value) > kMaxBase64Run) return false;
  return std::all_of(value.begin(), value.end(), [](std::uint8_t byte) {
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t' || byte == '\n' || byte == '\r';
  });
}

class Source {
 public:
  explicit Source(ByteView bytes) : bytes_(bytes), tiff_(bytes) {}

  std::uint64_t first() const { return tiff_.first_directory(); }
  ByteOrder order() const { return bytes_[0] == 'M' ? ByteOrder::kBig : ByteOrder::kLittle; }

  // Where the entry of `tag` in the first directory points; 0: nowhere.
  std::uint64_t directory_of(std::uint16_t tag) const {
    std::uint64_t place = 0;
    each(first(), [&](std::uint64_t entry) {
      if (tiff_.tag(entry) == tag) place = tiff_.value(entry, 0);
    });
    return place;
  }

  // The entries that `wanted` takes, each tag once, ascending.
  template <class Wanted>
  Directory take(std::uint64_t directory, const Wanted& wanted) const {
    Directory taken;
    if (directory == 0) return taken;
    each(directory, [&](std::uint64_t entry) {
      if (!wanted(static_cast<std::uint16_t>(tiff_.tag(entry)))) return;
      const ByteView value = tiff_.content(entry, bytes_);
      const Entry copy{static_cast<std::uint16_t>(tiff_.tag(entry)), type_of(entry),
                       static_cast<std::uint32_t>(tiff_.value_count(entry)),
                       Bytes(value.begin(), value.end())};
      if (is_good(copy)) taken.push_back(copy);
    });
    std::stable_sort(taken.begin(), taken.end(),
                     [](const Entry& a, const Entry& b) { return a.tag < b.tag; });
    const auto same = [](const Entry& a, const Entry& b) { return a.tag == b.tag; };
    taken.erase(std::unique(taken.begin(), taken.end(), same), taken.end());
    return taken;
  }

 private:
  template <class Visit>
  void each(std::uint64_t directory, const Visit& visit) const {
    const std::uint64_t count = std::min(tiff_.entry_count(directory), kMaxEntries);
    for (std::uint64_t i = 0; i < count && tiff_.good(); ++i) visit(tiff_.entry(directory, i));
  }

  std::uint16_t type_of(std::uint64_t entry) const {
    ByteReader reader(bytes_, order());
    reader.seek(entry + 2);
    return reader.u16();
  }

  static bool is_good(const Entry& entry) {
    if (entry.value.empty() || entry.type < 1 || entry.type > kLastType) return false;
    if (entry.type == kAscii) return entry.value.size() <= kMaxTextBytes && is_text(entry.value);
    return entry.value.size() <= kMaxValueBytes;
  }

  ByteView bytes_;
  TiffStructure tiff_;
};

class Writer {
 public:
  explicit Writer(ByteOrder order) : order_(order) {
    const char mark = order == ByteOrder::kBig ? 'M' : 'I';
    bytes_.assign(2, static_cast<std::uint8_t>(mark));
    number(TiffStructure::kClassic, 2);
    number(8, 4);
  }

  Entry entry_of(std::uint16_t tag, std::uint16_t type, std::uint64_t value) const {
    Writer field(order_);
    field.bytes_.clear();
    field.number(value, type == kShort ? 2 : 4);
    return {tag, type, 1, field.bytes_};
  }

  static std::size_t size_of(const Directory& directory) {
    std::size_t size = 2 + 12 * directory.size() + 4;
    for (const Entry& entry : directory) size += outside_bytes(entry);
    return size;
  }

  std::size_t end() const { return bytes_.size(); }

  void append(const Directory& directory) {
    std::size_t data_at = bytes_.size() + 2 + 12 * directory.size() + 4;
    number(directory.size(), 2);
    for (const Entry& entry : directory) {
      number(entry.tag, 2);
      number(entry.type, 2);
      number(entry.count, 4);
      if (outside_bytes(entry) > 0) {
        number(data_at, 4);
        data_at += outside_bytes(entry);
      } else {
        raw(entry.value, 4);
      }
    }
    number(0, 4);  // no directory follows: the next one would be a thumbnail's
    for (const Entry& entry : directory) {
      if (outside_bytes(entry) > 0) raw(entry.value, outside_bytes(entry));
    }
  }

  Bytes take() { return std::move(bytes_); }

 private:
  static std::size_t outside_bytes(const Entry& entry) {
    return entry.value.size() <= 4 ? 0 : (entry.value.size() + 1) / 2 * 2;
  }
  void number(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      const int shift = 8 * (order_ == ByteOrder::kBig ? count - 1 - i : i);
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
    }
  }
  void raw(const Bytes& value, std::size_t padded) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    bytes_.resize(bytes_.size() + padded - value.size());
  }

  ByteOrder order_;
  Bytes bytes_;
};

template <std::size_t N>
bool is_one_of(const std::array<std::uint16_t, N>& tags, std::uint16_t tag) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

void add_sorted(Directory& directory, Entry entry) {
  const auto place = std::find_if(directory.begin(), directory.end(),
                                  [&](const Entry& other) { return other.tag > entry.tag; });
  directory.insert(place, std::move(entry));
}

}  // namespace

Bytes kept_exif(ByteView exif, Size written, int orientation) {
  if (exif.size() < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return {};
  if (TiffStructure(exif).version() != TiffStructure::kClassic) return {};
  const Source source(exif);
  Directory main = source.take(source.first(), [](std::uint16_t tag) { return is_one_of(kMainTags, tag); });
  Directory more = source.take(source.directory_of(kExifDirectory),
                               [](std::uint16_t tag) { return is_one_of(kExifTags, tag); });
  const Directory gps =
      source.take(source.directory_of(kGpsDirectory), [](std::uint16_t tag) { return tag <= kLastGpsTag; });
  if (main.empty() && more.empty() && gps.empty()) return {};

  Writer writer(source.order());
  add_sorted(more, writer.entry_of(kWidth, kLong, static_cast<std::uint64_t>(written.width)));
  add_sorted(more, writer.entry_of(kHeight, kLong, static_cast<std::uint64_t>(written.height)));
  add_sorted(main, writer.entry_of(kOrientation, kShort, static_cast<std::uint64_t>(orientation)));
  const std::size_t pointers = gps.empty() ? 1 : 2;
  const std::size_t more_at = writer.end() + Writer::size_of(main) + 12 * pointers;
  const std::size_t gps_at = more_at + Writer::size_of(more);
  add_sorted(main, writer.entry_of(kExifDirectory, kLong, more_at));
  if (!gps.empty()) add_sorted(main, writer.entry_of(kGpsDirectory, kLong, gps_at));
  writer.append(main);
  writer.append(more);
  if (!gps.empty()) writer.append(gps);
  Bytes block = writer.take();
  return block.size() <= kMaxBlockBytes ? block : Bytes();
}

}  // namespace face_privacy
