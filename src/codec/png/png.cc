#include "codec/png/png.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "codec/png/chunks.h"
#include "codec/shared/big_endian.h"
#include "codec/shared/exif_orientation.h"
#include "codec/shared/icc_profile.h"
#include "codec/shared/orientation.h"
#include "codec/shared/size_check.h"
#include "codec/vips/vips_bridge.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kHeaderBytes = 13;

// deflate makes at most 1032 bytes from one (RFC 1951: 258 bytes for 2 bits).
constexpr std::uint64_t kMaxInflation = 1032;

constexpr std::uint64_t kMaxProfileBytes = std::uint64_t{16} << 20;  // compressed

constexpr std::array kPictureChunks{"IHDR"sv, "PLTE"sv, "tRNS"sv, "iCCP"sv, "IDAT"sv, "IEND"sv};

template <std::size_t N>
bool is_one_of(std::string_view type, const std::array<std::string_view, N>& types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// What the chunks say before a pixel is decoded.
struct PngFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int bit_depth = 0;
  int channels = 0;
  bool palette = false;
  std::optional<int> orientation;
  std::optional<ColorCodes> color_codes;
  Bytes color_chunks;
  std::uint64_t pixel_bytes = 0;  // compressed
  std::uint32_t animation_frames = 0;
  bool has_more = false;    // chunks that the picture does not need
  bool has_faults = false;  // in one of those
  bool has_end = true;
  PngChunk last_pixels{};

  int turn() const { return orientation.value_or(1); }
  Size stored() const { return {static_cast<int>(width), static_cast<int>(height)}; }
};

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kDamagedPhoto, "The PNG photo is truncated or damaged.");
}

bool read_image_header(ByteView data, PngFile& png) {
  if (data.size() != kHeaderBytes) return false;
  png.width = big_endian_u32(data, 0);
  png.height = big_endian_u32(data, 4);
  png.bit_depth = data[8];
  switch (data[9]) {  // the color type
    case 0: png.channels = 1; break;
    case 2: png.channels = 3; break;
    case 3:
      png.channels = 1;
      png.palette = true;
      break;
    case 4: png.channels = 2; break;
    case 6: png.channels = 4; break;
    default: return false;
  }
  return true;
}

// How to read the colors where there is no profile; cICP is read apart. The lengths are the
// standard's, so that nothing else can hide in such a chunk.
bool is_color_chunk(const PngChunk& chunk) {
  return (chunk.type == "sRGB"sv && chunk.data.size() == 1) ||
         (chunk.type == "gAMA"sv && chunk.data.size() == 4) ||
         (chunk.type == "cHRM"sv && chunk.data.size() == 32);
}

bool contains(const Bytes& bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end(),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) != bytes.end();
}

// These count before the pixels only, and the first of each: so do browsers.
void read_ancillary(const PngChunk& chunk, PngFile& png) {
  if (png.pixel_bytes > 0) return;
  if (chunk.type == "eXIf"sv && !png.orientation) {
    png.orientation = exif_orientation(chunk.data);
  } else if (chunk.type == "cICP"sv && chunk.data.size() == 4 && !png.color_codes) {
    png.color_codes = ColorCodes{chunk.data[0], chunk.data[1]};
  } else if (chunk.type == "acTL"sv && chunk.data.size() == 8) {
    png.animation_frames = big_endian_u32(chunk.data, 0);
  } else if (is_color_chunk(chunk) && !contains(png.color_chunks, chunk.type)) {
    png.color_chunks.insert(png.color_chunks.end(), chunk.whole.begin(), chunk.whole.end());
  }
}

Result<void> check_picture(const PngFile& png, const Limits& limits) {
  if (auto fits = check_size(png.width, png.height, 1, limits); !fits) return fits;
  if (png.animation_frames > 1) {
    return fail(ErrorCode::kUnsupportedPhoto, "Animated PNG is not supported.");
  }
  const std::uint64_t bits =
      std::uint64_t{png.width} * png.height * static_cast<std::uint64_t>(png.bit_depth * png.channels);
  if (png.pixel_bytes * kMaxInflation < bits / 8) return damaged();  // whatever the compressed bytes say
  return {};
}

// Every chunk is looked at, no pixel decoded. libpng reads neither the checksum of the last pixel
// chunk nor the end of the file, so both are checked here.
Result<PngFile> inspect(ByteView file, const Limits& limits) {
  PngFile png;
  PngChunks chunks(file);
  for (bool first = true;; first = false) {
    // A file that breaks off behind its last pixel has all that it shows.
    if (png.pixel_bytes > 0 && !png.has_faults && chunks.lacks_an_end()) {
      png.has_end = false;
      break;
    }
    auto chunk = chunks.next();
    if (!chunk) return fail(chunk);
    if (first != (chunk->type == "IHDR"sv)) return damaged();
    if (chunk->type == "IDAT"sv) {
      png.pixel_bytes += chunk->data.size();
      png.last_pixels = *chunk;
      continue;
    }
    const bool needed = is_one_of(chunk->type, kPictureChunks);
    png.has_more = png.has_more || !needed;
    if (!checksum_is_right(*chunk)) {
      if (needed) return damaged();
      png.has_faults = true;
      continue;
    }
    if (first) {
      if (!read_image_header(chunk->data, png)) return damaged();
      // Before the rest of a file that may be long is read.
      if (auto fits = check_size(png.width, png.height, 1, limits); !fits) return fail(fits);
    } else if (chunk->type == "iCCP"sv) {
      png.has_more = png.has_more || chunk->data.size() > kMaxProfileBytes;
    } else {
      read_ancillary(*chunk, png);
    }
    if (chunk->type == "IEND"sv) break;
  }
  if (png.pixel_bytes == 0 || !checksum_is_right(png.last_pixels)) return damaged();
  if (auto fits = check_picture(png, limits); !fits) return fail(fits);
  return png;
}

// The file with its end, and without what the picture does not need: texts that grow when unpacked, above
// all.
Bytes picture_chunks_of(ByteView file) {
  Bytes kept(file.begin(), file.begin() + kPngSignatureBytes);
  kept.reserve(file.size());
  PngChunks chunks(file);
  bool end = false;
  while (!end) {
    const auto chunk = chunks.next();
    if (!chunk) break;
    end = chunk->type == "IEND"sv;
    const bool too_long = chunk->type == "iCCP"sv && chunk->data.size() > kMaxProfileBytes;
    if (is_one_of(chunk->type, kPictureChunks) && !too_long) {
      kept.insert(kept.end(), chunk->whole.begin(), chunk->whole.end());
    }
  }
  if (!end) append_png_chunk("IEND", {}, kept);
  return kept;
}

}  // namespace

Result<PhotoHeader> read_png_header(ByteView file, const Limits& limits) {
  const auto png = inspect(file, limits);
  if (!png) return fail(png);
  PhotoHeader header;
  header.format = Format::kPng;
  header.orientation = png->turn();
  header.size = upright_size(png->stored(), png->turn());
  header.channels = png->palette ? 4 : std::min(png->channels + 1, 4);  // tRNS adds alpha
  header.bytes_per_sample = png->bit_depth > 8 ? 2 : 1;
  return header;
}

Result<Photo> decode_png(ByteView file, const Limits& limits) {
  auto png = inspect(file, limits);
  if (!png) return fail(png);
  Bytes kept;
  if (png->has_more || !png->has_end) {
    kept = picture_chunks_of(file);
    file = kept;
  }
  auto reader = VipsReader::open(Format::kPng, file, 1);
  if (!reader) return fail(reader);
  if (reader->frame_size() != png->stored()) return damaged();
  auto pixels = reader->read_upright(png->turn());
  if (!pixels) return fail(pixels);

  Photo photo;
  photo.icc_profile = usable_icc_profile(reader->icc_profile(), pixels->layout().model);
  if (photo.icc_profile.empty()) {
    photo.color_codes = png->color_codes;
    photo.source.png_color_chunks = std::move(png->color_chunks);
  }
  photo.pixels = std::move(*pixels);
  photo.source.format = Format::kPng;
  photo.source.lossless = true;
  photo.source.palette = png->palette;
  photo.source.bit_depth = png->bit_depth;
  photo.source.orientation = png->turn();
  return photo;
}

Bytes encode_png(const Writable& writable, const SourceEncoding& source) {
  const Bytes written = write_png_by_vips(writable.pixels, writable.icc_profile);
  Bytes file(written.begin(), written.begin() + kPngSignatureBytes);
  file.reserve(written.size());
  PngChunks chunks(written);
  for (auto chunk = chunks.next(); chunk; chunk = chunks.next()) {
    if (!is_one_of(chunk->type, kPictureChunks)) continue;
    file.insert(file.end(), chunk->whole.begin(), chunk->whole.end());
    if (chunk->type != "IHDR"sv) continue;
    if (writable.color_codes) {  // RGB in full range
      const std::array<std::uint8_t, 4> codes{static_cast<std::uint8_t>(writable.color_codes->primaries),
                                              static_cast<std::uint8_t>(writable.color_codes->transfer), 0,
                                              1};
      append_png_chunk("cICP", codes, file);
    }
    file.insert(file.end(), source.png_color_chunks.begin(), source.png_color_chunks.end());
  }
  return file;
}

}  // namespace face_privacy
