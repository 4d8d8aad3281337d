#include "codec/tiff/tiff.h"

#include <algorithm>
#include <array>

#include "codec/shared/icc_profile.h"
#include "codec/shared/orientation.h"
#include "codec/shared/size_check.h"
#include "codec/tiff/directory.h"
#include "codec/vips/vips_bridge.h"

namespace face_privacy {
namespace {

// What photos and scans come in: none, the three of CCITT, LZW, JPEG, the two of deflate, PackBits,
// Zstandard. The others of libtiff are for other worlds, and more to attack.
constexpr std::array<std::uint64_t, 10> kCompressions{1, 2, 3, 4, 5, 7, 8, 32946, 32773, 50000};

// Bilevel and grey (0, 1), RGB, palette, CMYK (5), YCbCr (6).
constexpr std::array<std::uint64_t, 6> kPhotometrics{0, 1, 2, 3, 5, 6};

// Colour and alpha; more would be taken into memory for nothing.
constexpr std::uint64_t kMaxSamples = 5;

// A small page may lie in one larger tile.
constexpr std::uint64_t kMaxTilePixelsAnyway = std::uint64_t{4096} * 4096;

// No compression of the list makes more of one byte (deflate: 1032, Zstandard is the exception).
constexpr std::uint64_t kMaxInflation = 1032;
constexpr std::uint64_t kZstandard = 50000;
constexpr std::uint64_t kCcittFax4 = 4;

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kDamagedPhoto, "The TIFF photo is truncated or damaged.");
}

tl::unexpected<Error> unsupported(const char* why) { return fail(ErrorCode::kUnsupportedPhoto, why); }

Result<void> check_page(const TiffPage& page, const Limits& limits) {
  const auto contains = [](const auto& list, std::uint64_t value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (page.raw) return unsupported("The photo is a camera's raw file, which is not supported.");
  if (!contains(kCompressions, page.compression)) {
    return unsupported("The TIFF photo is compressed in a way that is not supported.");
  }
  if (!contains(kPhotometrics, page.photometric) || page.sample_format != 1 || page.bits_per_sample > 16) {
    return unsupported("The TIFF photo's samples or colours are of a kind that is not supported.");
  }
  if (page.samples_per_pixel > kMaxSamples) {
    return unsupported("The TIFF photo has more channels than are supported.");
  }
  // No overflow below: each side fits 31 bits.
  if (page.tile_width > 65536 || page.tile_height > 65536 ||
      page.tile_width * page.tile_height > std::max(limits.max_pixels, kMaxTilePixelsAnyway)) {
    return fail(ErrorCode::kTooManyPixels, "The TIFF photo's tiles are too large.");
  }
  const std::uint64_t bits = page.width * page.height * page.bits_per_sample * page.samples_per_pixel;
  const bool may_grow_without_bound = page.compression == kZstandard || page.compression <= kCcittFax4;
  if (page.pixel_bytes == 0 ||
      (page.compression == 1 && page.pixel_bytes < bits / 8 && page.photometric != 6) ||
      (!may_grow_without_bound && page.pixel_bytes * kMaxInflation < bits / 8)) {
    return damaged();
  }
  return {};
}

// The pages that make the photo: smaller copies of a page (thumbnails, the levels of a pyramid) are
// extra pictures, and dropped. What libvips reads is a run of pages from the first.
Result<std::vector<TiffPage>> photo_pages(ByteView file, const Limits& limits) {
  // Each page may have a smaller copy or several.
  constexpr std::size_t kCopies = 16;
  auto pages = read_tiff_pages(file, static_cast<std::size_t>(limits.max_frames) * kCopies);
  if (!pages) return fail(pages);
  if (pages->front().raw || pages->front().reduced) {
    return unsupported("The photo is a camera's raw file, which is not supported.");
  }
  const auto is_full = [](const TiffPage& page) { return !page.reduced; };
  const auto run_end = std::find_if_not(pages->begin(), pages->end(), is_full);
  if (std::any_of(run_end, pages->end(), is_full)) {
    return unsupported("The TIFF photo mixes pages and smaller copies, which is not supported.");
  }
  pages->erase(run_end, pages->end());
  const TiffPage& first = pages->front();
  if (auto fits = check_size(first.width, first.height, pages->size(), limits); !fits) return fail(fits);
  for (const TiffPage& page : *pages) {
    if (page.width != first.width || page.height != first.height ||
        page.samples_per_pixel != first.samples_per_pixel || page.bits_per_sample != first.bits_per_sample) {
      return unsupported("The TIFF photo has pages of different kinds, which is not supported.");
    }
    if (auto valid = check_page(page, limits); !valid) return fail(valid);
  }
  return pages;
}

Result<VipsReader> open_checked(ByteView file, const std::vector<TiffPage>& pages) {
  auto reader = VipsReader::open(Format::kTiff, file, static_cast<int>(pages.size()));
  if (!reader) return fail(reader);
  const Size size = reader->frame_size();
  if (static_cast<std::uint64_t>(size.width) != pages.front().width ||
      static_cast<std::uint64_t>(size.height) != pages.front().height ||
      static_cast<std::size_t>(reader->frame_count()) != pages.size()) {
    return damaged();
  }
  if (auto layout = reader->layout(); !layout) return fail(layout);
  return reader;
}

}  // namespace

Result<PhotoHeader> read_tiff_header(ByteView file, const Limits& limits) {
  const auto pages = photo_pages(file, limits);
  if (!pages) return fail(pages);
  const auto reader = open_checked(file, *pages);
  if (!reader) return fail(reader);
  PhotoHeader header;
  header.format = Format::kTiff;
  header.orientation = reader->orientation();
  header.size = upright_size(reader->frame_size(), header.orientation);
  header.frame_count = reader->frame_count();
  return header;
}

Result<Photo> decode_tiff(ByteView file, const Limits& limits) {
  const auto pages = photo_pages(file, limits);
  if (!pages) return fail(pages);
  auto reader = open_checked(file, *pages);
  if (!reader) return fail(reader);
  const int orientation = reader->orientation();
  auto pixels = reader->read_upright(orientation);
  if (!pixels) return fail(pixels);

  Photo photo;
  photo.icc_profile = usable_icc_profile(reader->icc_profile(), pixels->layout().model);
  photo.pixels = std::move(*pixels);
  photo.frame_count = reader->frame_count();
  photo.source.format = Format::kTiff;
  photo.source.lossless = true;
  photo.source.bit_depth = static_cast<int>(pages->front().bits_per_sample);
  photo.source.orientation = orientation;
  return photo;
}

}  // namespace face_privacy
