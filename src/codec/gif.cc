#include "codec/gif.h"

#include <algorithm>
#include <array>

#include "codec/alpha.h"
#include "codec/size_check.h"
#include "codec/vips_bridge.h"

namespace face_privacy {
namespace {

// GIF89a, sections 17 to 27.
constexpr std::size_t kHeaderBytes = 13;
constexpr std::uint8_t kImage = 0x2C;
constexpr std::uint8_t kExtension = 0x21;
constexpr std::uint8_t kTrailer = 0x3B;
constexpr std::size_t kDescriptorBytes = 9;  // of an image, behind its first byte
constexpr int kMaxCodeBits = 12;

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kDamagedPhoto, "The GIF photo is truncated or damaged.");
}

int little_endian_u16(ByteView bytes, std::size_t offset) { return bytes[offset] | bytes[offset + 1] << 8; }

// Reads forwards. Once it has run out it gives nothing more.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  ByteView take(std::size_t count) {
    good_ = good_ && count <= rest_.size();
    if (!good_) return {};
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  int take_byte() {
    const ByteView byte = take(1);
    return byte.empty() ? 0 : byte[0];
  }
  // The data of a row of sub-blocks, up to the empty one that ends it.
  Bytes take_blocks() {
    Bytes data;
    while (const int length = take_byte()) {
      const ByteView block = take(static_cast<std::size_t>(length));
      data.insert(data.end(), block.begin(), block.end());
    }
    return data;
  }
  void skip_blocks() {
    while (const int length = take_byte()) take(static_cast<std::size_t>(length));
  }

 private:
  ByteView rest_;
  bool good_ = true;
};

// Whether the compressed data of an image give all its pixels. libvips' decoder goes on without
// the missing ones. Only the lengths of the strings are followed, not the strings.
bool gives_all_pixels(ByteView data, int root_bits, std::uint64_t pixel_count) {
  if (root_bits < 1 || root_bits >= kMaxCodeBits) return false;
  const unsigned clear = 1U << root_bits;
  const unsigned end = clear + 1;
  std::array<std::uint32_t, 1 << kMaxCodeBits> lengths;
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
      if (next == 1U << code_bits && code_bits < kMaxCodeBits) ++code_bits;
    }
    previous_length = length;
  }
  return true;
}

struct GifFile {
  Size screen;
  int frame_count = 0;
  std::vector<std::uint32_t> colors;  // of all tables, ascending, each once
};

void read_colors(Reader& reader, int flags, GifFile& gif) {
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

// One image: its descriptor, colours and pixels.
bool read_image(Reader& reader, Pixels pixels, GifFile& gif) {
  const ByteView descriptor = reader.take(kDescriptorBytes);
  if (!reader.good()) return false;
  const auto width = static_cast<std::uint64_t>(little_endian_u16(descriptor, 4));
  const auto height = static_cast<std::uint64_t>(little_endian_u16(descriptor, 6));
  read_colors(reader, descriptor[8], gif);
  const int root_bits = reader.take_byte();
  ++gif.frame_count;
  if (pixels == Pixels::kSkip) {
    reader.skip_blocks();
    return reader.good();
  }
  sort_out(gif.colors);  // while there is one table more, not hundreds
  const Bytes data = reader.take_blocks();
  return reader.good() && gives_all_pixels(data, root_bits, width * height);
}

Result<GifFile> inspect(ByteView file, const Limits& limits, Pixels pixels) {
  Reader reader(file);
  GifFile gif;
  const ByteView header = reader.take(kHeaderBytes);
  if (!reader.good()) return damaged();
  gif.screen = {little_endian_u16(header, 6), little_endian_u16(header, 8)};
  read_colors(reader, header[10], gif);
  for (int introducer = reader.take_byte(); introducer != kTrailer; introducer = reader.take_byte()) {
    if (introducer == kExtension) {
      reader.take_byte();  // which one
      reader.skip_blocks();
    } else if (introducer == kImage) {
      if (!read_image(reader, pixels, gif)) return damaged();
      if (gif.frame_count > limits.max_frames) break;  // check_size refuses it
    } else {
      return damaged();
    }
    if (!reader.good()) return damaged();
  }
  if (gif.frame_count == 0) return damaged();
  const auto fits =
      check_size(static_cast<std::uint64_t>(gif.screen.width), static_cast<std::uint64_t>(gif.screen.height),
                 static_cast<std::uint64_t>(gif.frame_count), limits);
  if (!fits) return fail(fits);
  return gif;
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
  const auto reader = open_checked(file, limits, gif->frame_count);
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
  auto reader = open_checked(file, limits, gif->frame_count);
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
