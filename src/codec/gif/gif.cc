#include "codec/gif/gif.h"

#include <algorithm>
#include <array>

#include "base/byte_reader.h"
#include "codec/gif/lzw.h"
#include "codec/shared/alpha.h"
#include "codec/shared/size_check.h"
#include "codec/vips/vips_bridge.h"

namespace face_privacy {
namespace {

// GIF89a, sections 17 to 27.
constexpr std::size_t kSignatureBytes = 6;
constexpr std::size_t kBackgroundBytes = 2;  // its color, and the pixels' shape
constexpr std::size_t kPlaceBytes = 4;       // of an image on the screen
constexpr std::uint8_t kImage = 0x2C;
constexpr std::uint8_t kExtension = 0x21;
constexpr std::uint8_t kTrailer = 0x3B;

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kDamagedPhoto, "The GIF photo is truncated or damaged.");
}

// Reads forwards, also rows of sub-blocks. Once it has run out it gives nothing more.
class GifReader {
 public:
  explicit GifReader(ByteView bytes) : bytes_(bytes, ByteOrder::kLittle) {}

  bool good() const { return bytes_.ok(); }
  std::size_t left() const { return bytes_.remaining(); }
  // Nothing comes any more, or nothing but zeros, with which some writers fill up.
  bool only_zeros_left() const {
    const ByteView rest = ByteReader(bytes_).take_rest();
    return std::all_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte == 0; });
  }
  ByteView take(std::size_t count) { return bytes_.take(count); }
  int take_u8() { return bytes_.u8(); }
  int take_u16() { return bytes_.u16(); }
  void skip(std::size_t count) { bytes_.skip(count); }
  // Calls visit(block) for a row of sub-blocks, up to the empty one that ends it or the file's end.
  template <class Visit>
  void take_blocks(const Visit& visit) {
    while (!bytes_.at_end()) {
      const std::size_t length = bytes_.u8();
      bytes_to_block_end_ = 0;
      if (length == 0) return;
      const ByteView block = bytes_.take_at_most(length);
      bytes_to_block_end_ = length - block.size() + 1;
      visit(block);
    }
  }
  // How many are missing where the file ended in a row of sub-blocks.
  std::size_t bytes_to_block_end() const { return bytes_.at_end() ? bytes_to_block_end_ : 0; }
  void skip_blocks() {
    take_blocks([](ByteView) {});
  }

 private:
  ByteReader bytes_;
  std::size_t bytes_to_block_end_ = 0;
};

// Whether the compressed data of an image give all its pixels. libvips' decoder goes on without
// the missing ones. Only the lengths of the strings are followed, not the strings.
bool gives_all_pixels(ByteView data, int root_bits, std::uint64_t pixel_count) {
  if (root_bits < 1 || root_bits >= kMaxGifCodeBits) return false;
  const unsigned clear = 1U << root_bits;
  const unsigned end = clear + 1;
  std::array<std::uint32_t, 1 << kMaxGifCodeBits> lengths;
  std::fill_n(lengths.begin(), clear, 1);
  unsigned next = end + 1;
  int code_bits = root_bits + 1;
  std::uint32_t previous_length = 0;  // 0: the first code after a clear
  std::uint64_t given = 0;
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (std::size_t position = 0; given < pixel_count;) {
    while (bit_count < code_bits && position < data.size()) {
      bits |= std::uint32_t{data[position++]} << bit_count;
      bit_count += 8;
    }
    if (bit_count < code_bits) return false;
    const unsigned code = bits & ((1U << code_bits) - 1);
    bits >>= code_bits;
    bit_count -= code_bits;
    if (code == end) return false;
    if (code == clear) {
      next = end + 1;
      code_bits = root_bits + 1;
      previous_length = 0;
      continue;
    }
    if (code > next || (code == next && previous_length == 0)) return false;
    const std::uint32_t length = code == next ? previous_length + 1 : lengths[code];
    given += length;
    if (previous_length != 0 && next < lengths.size()) {
      lengths[next++] = previous_length + 1;
      if (next == 1U << code_bits && code_bits < kMaxGifCodeBits) ++code_bits;
    }
    previous_length = length;
  }
  return true;
}

struct GifFile {
  Size screen;
  int frame_count = 0;
  std::vector<std::uint32_t> colors;  // of all tables, ascending, each once
  bool has_trailer = false;
  std::size_t end = 0;            // where the trailer belongs
  std::size_t missing_bytes = 0;  // before it
};

void read_colors(GifReader& reader, int flags, GifFile& gif) {
  if ((flags & 0x80) == 0) return;
  const ByteView table = reader.take(std::size_t{3} << ((flags & 7) + 1));
  for (std::size_t i = 0; i + 2 < table.size(); i += 3) {
    gif.colors.push_back(std::uint32_t{table[i]} << 16 | table[i + 1] << 8 | table[i + 2]);
  }
}

void sort_out(std::vector<std::uint32_t>& colors) {
  std::sort(colors.begin(), colors.end());
  colors.erase(std::unique(colors.begin(), colors.end()), colors.end());
}

enum class Pixels { kSkip, kCheck };

// One image: its descriptor, colors and pixels.
bool read_image(GifReader& reader, Pixels pixels, GifFile& gif) {
  reader.skip(kPlaceBytes);
  const auto width = static_cast<std::uint64_t>(reader.take_u16());
  const auto height = static_cast<std::uint64_t>(reader.take_u16());
  const int flags = reader.take_u8();
  if (!reader.good()) return false;
  read_colors(reader, flags, gif);
  const int root_bits = reader.take_u8();
  ++gif.frame_count;
  if (pixels == Pixels::kSkip) {
    reader.skip_blocks();
    return reader.good();
  }
  sort_out(gif.colors);  // while there is one table more, not hundreds
  Bytes data;
  reader.take_blocks([&](ByteView block) { data.insert(data.end(), block.begin(), block.end()); });
  return reader.good() && gives_all_pixels(data, root_bits, width * height);
}

Result<GifFile> inspect(ByteView file, const Limits& limits, Pixels pixels) {
  GifReader reader(file);
  GifFile gif;
  reader.skip(kSignatureBytes);
  gif.screen.width = reader.take_u16();
  gif.screen.height = reader.take_u16();
  const int flags = reader.take_u8();
  reader.skip(kBackgroundBytes);
  if (!reader.good()) return damaged();
  read_colors(reader, flags, gif);
  // The trailer, or the end of the last image's blocks with it, may be missing: no pixel is in them.
  while (!gif.has_trailer && !(gif.frame_count > 0 && reader.only_zeros_left())) {
    const int introducer = reader.take_u8();
    gif.has_trailer = introducer == kTrailer;
    if (introducer == kExtension) {
      reader.take_u8();  // which one
      reader.skip_blocks();
    } else if (introducer == kImage) {
      if (!read_image(reader, pixels, gif)) return damaged();
      if (gif.frame_count > limits.max_frames) break;  // check_size refuses it
    } else if (!gif.has_trailer) {
      return damaged();
    }
    if (!reader.good()) return damaged();
    gif.end = file.size() - reader.left();
    gif.missing_bytes = reader.bytes_to_block_end();
  }
  if (gif.frame_count == 0) return damaged();
  const auto fits =
      check_size(static_cast<std::uint64_t>(gif.screen.width), static_cast<std::uint64_t>(gif.screen.height),
                 static_cast<std::uint64_t>(gif.frame_count), limits);
  if (!fits) return fail(fits);
  return gif;
}

// The file up to its trailer, or in `whole` with one where it lacks it: libvips insists on it, and may take
// what stands behind it for a frame.
ByteView up_to_trailer(ByteView file, const GifFile& gif, Bytes& whole) {
  const ByteView picture = file.first(gif.end);
  if (gif.has_trailer) return picture;
  whole.assign(picture.begin(), picture.end());
  whole.resize(whole.size() + gif.missing_bytes);
  whole.push_back(kTrailer);
  return whole;
}

// libvips enlarges a screen that the first frame does not fit in, so the limits hold for its size.
Result<VipsReader> open_checked(ByteView file, const Limits& limits, int frame_count) {
  auto reader = VipsReader::open(Format::kGif, file, frame_count);
  if (!reader) return damaged();
  if (reader->frame_count() != frame_count) return damaged();
  const Size size = reader->frame_size();
  const auto fits =
      check_size(static_cast<std::uint64_t>(size.width), static_cast<std::uint64_t>(size.height),
                 static_cast<std::uint64_t>(frame_count), limits);
  if (!fits) return fail(fits);
  return reader;
}

}  // namespace

Result<PhotoHeader> read_gif_header(ByteView file, const Limits& limits) {
  const auto gif = inspect(file, limits, Pixels::kSkip);
  if (!gif) return fail(gif);
  Bytes whole;
  const auto reader = open_checked(up_to_trailer(file, *gif, whole), limits, gif->frame_count);
  if (!reader) return fail(reader);
  PhotoHeader header;
  header.format = Format::kGif;
  header.size = reader->frame_size();
  header.frame_count = gif->frame_count;
  return header;
}

Result<Photo> decode_gif(ByteView file, const Limits& limits) {
  // The limits come first: to check the pixels takes longer than to skip them.
  if (const auto skimmed = inspect(file, limits, Pixels::kSkip); !skimmed) return fail(skimmed);
  auto gif = inspect(file, limits, Pixels::kCheck);
  if (!gif) return fail(gif);
  Bytes whole;
  auto reader = open_checked(up_to_trailer(file, *gif, whole), limits, gif->frame_count);
  if (!reader) return fail(reader);
  auto pixels = reader->read_upright(1);
  if (!pixels) return damaged();

  Photo photo;
  photo.pixels = without_opaque_alpha(std::move(*pixels));
  photo.frame_count = gif->frame_count;
  if (gif->frame_count > 1) {
    photo.frame_delays_ms = reader->frame_delays_ms();
    photo.loop_count = reader->loop_count();
  }
  photo.source.format = Format::kGif;
  photo.source.lossless = true;
  photo.source.palette = true;
  photo.source.gif_colors = std::move(gif->colors);
  return photo;
}

}  // namespace face_privacy
