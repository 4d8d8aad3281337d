#include "codec/metadata/kept_exif.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "codec/metadata/tiff_entries.h"

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

constexpr std::uint16_t kWidth = 0xA002;
constexpr std::uint16_t kHeight = 0xA003;

constexpr std::size_t kMaxTextBytes = 4096;    // mapping apps write JSON into ImageDescription
constexpr std::size_t kMaxBase64Run = 128;     // words, numbers and keys are shorter
constexpr std::size_t kMaxOldTextBytes = 256;  // of which nothing says in which letters it is
constexpr std::size_t kMaxValueBytes = 32;     // a lens has four rationals
constexpr std::size_t kMaxKeptBytes = 60'000;  // an APP1 segment has 65,533

bool is_of_base64(std::uint8_t byte) {
  return std::isalnum(byte) != 0 || byte == '+' || byte == '/' || byte == '-' || byte == '_' || byte == '=';
}

// Lines that are full of such digits are one run: base64 is mostly broken into lines of 64 or 76.
std::size_t longest_base64_run(ByteView value) {
  constexpr std::size_t kFullLine = 40;
  std::size_t longest = 0;
  std::size_t run = 0;
  std::size_t line = 0;
  for (const std::uint8_t byte : value) {
    const bool is_break = byte == '\n' || byte == '\r';
    const bool goes_on = is_of_base64(byte) || (is_break && (line == 0 || line >= kFullLine));
    run = goes_on ? run + (is_break ? 0 : 1) : 0;
    line = goes_on && !is_break ? line + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// Whether each byte that is no ASCII belongs to a sequence of UTF-8, as bytes of a picture hardly do.
bool is_like_utf8(ByteView value) {
  int more = 0;
  for (const std::uint8_t byte : value) {
    const bool goes_on = (byte & 0xC0) == 0x80;
    if (goes_on != (more > 0)) return false;
    more = goes_on ? more - 1 : byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
  }
  return more == 0;
}

// Text that is text: a picture would not pass, nor one that is written as base64 or hexadecimal digits.
bool is_text(ByteView value) {
  while (!value.empty() && value.back() == 0) value = value.first(value.size() - 1);
  if (value.size() > kMaxOldTextBytes && !is_like_utf8(value)) return false;
  if (longest_base64_run(value) > kMaxBase64Run) return false;
  return std::all_of(value.begin(), value.end(), [](std::uint8_t byte) {
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t' || byte == '\n' || byte == '\r';
  });
}

// Text as bytes, which names its letters first where it is of EXIF: how a place was found.
bool is_short_text(ByteView value) {
  constexpr std::array<std::uint8_t, 8> kAsciiFollows{'A', 'S', 'C', 'I', 'I'};
  const bool is_named = value.size() > kAsciiFollows.size() &&
                        std::equal(kAsciiFollows.begin(), kAsciiFollows.end(), value.begin());
  return value.size() <= kMaxOldTextBytes && is_text(is_named ? value.subspan(kAsciiFollows.size()) : value);
}

bool is_good(std::uint16_t type, ByteView value) {
  if (type == tiff_types::kAscii) return value.size() <= kMaxTextBytes && is_text(value);
  const bool is_bytes = type == tiff_types::kByte || type == tiff_types::kUndefined;
  return value.size() <= kMaxValueBytes || (is_bytes && is_short_text(value));
}

// The header of a classic structure, whose first directory follows it.
Bytes header(ByteOrder order) {
  if (order == ByteOrder::kBig) return {'M', 'M', 0, 42, 0, 0, 0, 8};
  return {'I', 'I', 42, 0, 8, 0, 0, 0};
}

template <std::size_t N>
bool is_one_of(const std::array<std::uint16_t, N>& tags, std::uint16_t tag) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

// What stays behind: pictures, and the values of tags that are not kept. A tag may point there.
class LeftBytes {
 public:
  explicit LeftBytes(ByteView exif) : exif_(exif) {}

  template <class IsListed>
  void add(std::uint64_t directory, const IsListed& is_listed) {
    if (directory == 0) return;
    const TiffStructure structure(exif_);
    std::array<std::optional<std::uint64_t>, kPictureTags.size()> pictures;
    const std::uint64_t count = std::min(structure.entry_count(directory), kMaxEntries);
    for (std::uint64_t i = 0; i < count && structure.good(); ++i) {
      const std::uint64_t entry = structure.entry(directory, i);
      const auto tag = static_cast<std::uint16_t>(structure.tag(entry));
      if (!is_listed(tag)) add(structure.content(entry, exif_));
      const auto place = std::find(kPictureTags.begin(), kPictureTags.end(), tag);
      if (place != kPictureTags.end()) pictures[place - kPictureTags.begin()] = entry;
    }
    for (std::size_t i = 0; i < pictures.size(); i += 2) {
      // Strips alone are read without a length.
      if (pictures[i] && (pictures[i + 1] || i == 0)) add_picture(*pictures[i], pictures[i + 1]);
    }
  }

  // After this, and not before it, `touch` may be asked. There may be very many.
  void sort() {
    std::sort(spans_.begin(), spans_.end(), [](ByteView a, ByteView b) { return a.data() < b.data(); });
    const std::uint8_t* end = nullptr;
    for (const ByteView span : spans_) {
      end = std::max(end, span.data() + span.size());
      ends_.push_back(end);
    }
  }

  bool touch(ByteView value) const {
    const auto behind = std::lower_bound(
        spans_.begin(), spans_.end(), value.data() + value.size(),
        [](ByteView span, const std::uint8_t* value_end) { return span.data() < value_end; });
    return behind != spans_.begin() && ends_[behind - spans_.begin() - 1] > value.data();
  }

 private:
  static constexpr std::uint64_t kMaxEntries = 512;
  static constexpr std::uint64_t kMaxStrips = 16'384;
  // Where strips, tiles and a thumbnail begin, and how long each is.
  static constexpr std::array<std::uint16_t, 6> kPictureTags{0x0111, 0x0117, 0x0144, 0x0145, 0x0201, 0x0202};

  void add(ByteView bytes) {
    if (!bytes.empty()) spans_.push_back(bytes);
  }

  // What has no length goes to the end.
  void add_picture(std::uint64_t places, std::optional<std::uint64_t> lengths) {
    const TiffStructure structure(exif_);
    const std::uint64_t count = std::min(structure.value_count(places), kMaxStrips);
    const std::uint64_t told = lengths ? structure.value_count(*lengths) : 0;
    for (std::uint64_t i = 0; i < count && structure.good(); ++i) {
      const std::uint64_t place = std::min<std::uint64_t>(structure.value(places, i), exif_.size());
      const std::uint64_t most = exif_.size() - place;
      const std::uint64_t length = i < told ? structure.value(*lengths, i) : 0;
      add(exif_.subspan(static_cast<std::size_t>(place),
                        static_cast<std::size_t>(length == 0 ? most : std::min(length, most))));
    }
  }

  ByteView exif_;
  std::vector<ByteView> spans_;
  std::vector<const std::uint8_t*> ends_;  // the furthest of a span and of those before it
};

bool is_main_tag(std::uint16_t tag) { return is_one_of(kMainTags, tag); }
bool is_exif_tag(std::uint16_t tag) { return is_one_of(kExifTags, tag); }
bool is_gps_tag(std::uint16_t tag) { return tag <= kLastGpsTag; }

LeftBytes left_bytes_of(const TiffEntriesReader& source, ByteView exif) {
  constexpr int kMaxDirectories = 8;  // a thumbnail's, and some pages'
  LeftBytes left(exif);
  const TiffStructure structure(exif);
  std::uint64_t directory = structure.first_directory();
  for (int i = 0; i < kMaxDirectories && directory != 0 && structure.good(); ++i) {
    left.add(directory, is_main_tag);
    directory = structure.next_directory(directory);
  }
  left.add(source.directory_of(tiff_tags::kExifDirectory), is_exif_tag);
  left.add(source.directory_of(tiff_tags::kGpsDirectory), is_gps_tag);
  left.sort();
  return left;
}

}  // namespace

Bytes kept_exif(ByteView exif, Size written, int orientation) {
  if (exif.size() < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return {};
  const TiffEntriesReader source(exif);
  const std::uint64_t version = source.structure().version();
  if (version != TiffStructure::kClassic && version != TiffStructure::kBig) return {};
  const LeftBytes left = left_bytes_of(source, exif);
  const auto take = [&](std::uint64_t directory, const auto& is_listed) {
    return source.take(directory, source.order(), [&](std::uint16_t tag, std::uint16_t type, ByteView value) {
      return is_listed(tag) && is_good(type, value) && !left.touch(value);
    });
  };
  TiffEntries main = take(source.structure().first_directory(), is_main_tag);
  TiffEntries more = take(source.directory_of(tiff_tags::kExifDirectory), is_exif_tag);
  const TiffEntries gps = take(source.directory_of(tiff_tags::kGpsDirectory), is_gps_tag);
  if (main.empty() && more.empty() && gps.empty()) return {};

  TiffDirectoryWriter writer(header(source.order()), source.order());
  const auto set = [&](TiffEntries& entries, std::uint16_t tag, std::uint16_t type, auto value) {
    set_entry(entries, writer.entry_of(tag, type, static_cast<std::uint64_t>(value)));
  };
  set(more, kWidth, tiff_types::kLong, written.width);
  set(more, kHeight, tiff_types::kLong, written.height);
  set(main, tiff_tags::kOrientation, tiff_types::kShort, orientation);
  writer.append_photo(std::move(main), more, gps);
  Bytes block = writer.take();
  return block.size() <= kMaxKeptBytes ? block : Bytes();
}

}  // namespace face_privacy
