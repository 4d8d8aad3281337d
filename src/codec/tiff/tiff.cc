#include "codec/tiff/tiff.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

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

// Bilevel and gray (0, 1), RGB, palette, CMYK (5), YCbCr (6).
constexpr std::array<std::uint64_t, 6> kPhotometrics{0, 1, 2, 3, 5, 6};

// Color and alpha; more would be taken into memory for nothing.
constexpr std::uint64_t kMaxSamples = 5;

// A small page may lie in one larger tile.
constexpr std::uint64_t kMaxTilePixelsAnyway = std::uint64_t{4096} * 4096;

// No compression of the list makes more of one byte (deflate: 1032, Zstandard is the exception).
constexpr std::uint64_t kMaxInflation = 1032;
constexpr std::uint64_t kUncompressed = 1;
constexpr std::uint64_t kZstandard = 50000;
constexpr std::uint64_t kCcittFax4 = 4;
constexpr std::uint64_t kJpeg = 7;
constexpr std::uint64_t kYcbcr = 6;

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kDamagedPhoto, "The TIFF photo is truncated or damaged.");
}

tl::unexpected<Error> unsupported(const char* why) { return fail(ErrorCode::kUnsupportedPhoto, why); }

Result<void> check_page(const TiffPage& page, const Limits& limits) {
  const auto contains = [](const auto& list, std::uint64_t value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (!contains(kCompressions, page.compression)) {
    return unsupported("The TIFF photo is compressed in a way that is not supported.");
  }
  if (!contains(kPhotometrics, page.photometric) || page.sample_format != 1 || page.bits_per_sample > 16) {
    return unsupported("The TIFF photo's samples or colors are of a kind that is not supported.");
  }
  // libvips takes subsampled luma and chroma for whole pixels where no JPEG decoder makes these of them.
  if (page.photometric == kYcbcr && page.compression != kJpeg) {
    return unsupported("The TIFF photo's luma and chroma are stored in a way that is not supported.");
  }
  if (page.separate_channels && page.samples_per_pixel > 1 && page.tile_width > 0) {
    return unsupported("The TIFF photo's tiles hold a channel each, which is not supported.");
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
  if (page.pixel_bytes == 0 || (page.compression == kUncompressed && page.pixel_bytes < bits / 8) ||
      (!may_grow_without_bound && page.pixel_bytes * kMaxInflation < bits / 8)) {
    return damaged();
  }
  return {};
}

bool is_part_of_a_raw_file(const TiffPage& page) { return page.raw || page.width == 0 || page.height == 0; }

constexpr double kSameAspect = 0.04;
constexpr std::uint64_t kBarredSidePx = 320;

double aspect_of(const TiffPage& page) {
  return static_cast<double>(page.width) / static_cast<double>(page.height);
}

// Of a turned photo some lie as it is stored, others as it is shown.
bool has_aspect_of(const TiffPage& photo, const TiffPage& page) {
  const double stored = aspect_of(page) / aspect_of(photo);
  const bool is_across = swaps_sides(page.orientation) != swaps_sides(photo.orientation);
  const double shown = is_across ? aspect_of(page) * aspect_of(photo) : stored;
  return std::abs(stored - 1) < kSameAspect || std::abs(shown - 1) < kSameAspect;
}

// Whether a page is a small copy of the photo, although it does not say so: scanners and old editors
// leave such thumbnails behind.
bool is_thumbnail(const TiffPage& page, const TiffPage& photo) {
  const std::uint64_t times = photo.width * photo.height / (page.width * page.height);
  if (has_aspect_of(photo, page)) return times >= 4;
  // With bars at two sides.
  return times >= 16 && std::max(page.width, page.height) <= kBarredSidePx;
}

bool are_alike(const TiffPage& a, const TiffPage& b) {
  return a.width == b.width && a.height == b.height && a.samples_per_pixel == b.samples_per_pixel &&
         a.bits_per_sample == b.bits_per_sample && a.extra_samples == b.extra_samples &&
         swaps_sides(a.orientation) == swaps_sides(b.orientation);
}

// The pages that make the photo: smaller copies of a page (thumbnails, the levels of a pyramid) and masks
// are extra pictures, and dropped wherever they stand.
Result<std::vector<TiffPage>> photo_pages(ByteView file, const Limits& limits) {
  // Each page may have a smaller copy or several.
  constexpr std::size_t kCopies = 16;
  auto pages = read_tiff_pages(file, static_cast<std::size_t>(limits.max_frames) * kCopies);
  if (!pages) return fail(pages);
  const bool is_raw = pages->front().raw;
  // Each side within 32 bits, so that nothing overflows below.
  for (const TiffPage& page : *pages) {
    if (auto fits = check_size(std::max<std::uint64_t>(page.width, 1),
                               std::max<std::uint64_t>(page.height, 1), 1, limits);
        !fits) {
      return fail(fits);
    }
  }
  std::erase_if(*pages, [](const TiffPage& page) { return page.reduced || is_part_of_a_raw_file(page); });
  if (is_raw || pages->empty()) {
    return unsupported("The photo is a camera's raw file, which is not supported.");
  }
  const TiffPage largest = *std::max_element(
      pages->begin(), pages->end(),
      [](const TiffPage& a, const TiffPage& b) { return a.width * a.height < b.width * b.height; });
  std::erase_if(*pages, [&](const TiffPage& page) { return is_thumbnail(page, largest); });
  if (auto fits = check_size(largest.width, largest.height, pages->size(), limits); !fits) return fail(fits);
  for (const TiffPage& page : *pages) {
    if (!are_alike(page, pages->front())) {
      return unsupported("The TIFF photo has pages of different kinds, which is not supported.");
    }
    if (auto valid = check_page(page, limits); !valid) return fail(valid);
  }
  return pages;
}

// --- samples

int color_channels(const TiffPage& page) {
  constexpr std::uint64_t kRgb = 2;
  constexpr std::uint64_t kCmyk = 5;
  switch (page.photometric) {
    case kRgb:
    case kYcbcr: return 3;
    case kCmyk: return 4;
    default: return 1;
  }
}

// A sample that the file says nothing of, or has a number of its own for, is alpha to everybody. Alpha that
// the colors are multiplied with (1) is as well: libvips divides them by it.
bool is_alpha(const TiffPage& page, std::size_t extra) {
  return extra >= page.extra_samples.size() || page.extra_samples[extra] != 0;
}

struct Samples {
  int colors = 0;
  std::optional<int> alpha;  // which of all
  int count = 0;

  // Colors and then alpha, or none, which libvips takes for granted.
  bool is_plain() const { return count == colors + (alpha ? 1 : 0) && (!alpha || *alpha == colors); }
};

Samples samples_of(const TiffPage& page) {
  Samples samples{color_channels(page), {}, static_cast<int>(page.samples_per_pixel)};
  for (int i = samples.colors; i < samples.count && !samples.alpha; ++i) {
    if (is_alpha(page, static_cast<std::size_t>(i - samples.colors))) samples.alpha = i;
  }
  return samples;
}

// --- reading

Result<VipsReader> open_checked(ByteView file, const TiffPage& first, std::size_t count) {
  auto reader = VipsReader::open(Format::kTiff, file, static_cast<int>(count), first.index);
  if (!reader) return fail(reader);
  const Size size = reader->frame_size();
  if (static_cast<std::uint64_t>(size.width) != first.width ||
      static_cast<std::uint64_t>(size.height) != first.height ||
      static_cast<std::size_t>(reader->frame_count()) != count) {
    return damaged();
  }
  if (const Samples samples = samples_of(first); !samples.is_plain()) {
    if (auto kept = reader->keep_channels(samples.colors, samples.alpha); !kept) return fail(kept);
  }
  if (auto layout = reader->layout(); !layout) return fail(layout);
  return reader;
}

// libvips reads pages that follow one another in one go, and takes all of them to be turned alike.
bool are_one_run(const std::vector<TiffPage>& pages) {
  for (std::size_t i = 1; i < pages.size(); ++i) {
    if (pages[i].index != pages[0].index + static_cast<int>(i)) return false;
    if (pages[i].orientation != pages[0].orientation) return false;
  }
  return true;
}

Result<Image> read_page_by_page(ByteView file, const std::vector<TiffPage>& pages) {
  Image all;
  int top = 0;
  for (const TiffPage& page : pages) {
    auto reader = open_checked(file, page, 1);
    if (!reader) return fail(reader);
    const auto pixels = reader->read_upright(page.orientation);
    if (!pixels) return fail(pixels);
    const Size size = pixels->size();
    if (top == 0) all = Image({size.width, size.height * static_cast<int>(pages.size())}, pixels->layout());
    if (size.width != all.width() || pixels->layout() != all.layout()) {
      return unsupported("The TIFF photo has pages of different kinds, which is not supported.");
    }
    const MutableImageView place = all.mutable_view().crop({0, top, size.width, size.height});
    for (int y = 0; y < size.height; ++y) {
      std::memcpy(place.row(y), pixels->view().row(y), pixels->stride_bytes());
    }
    top += size.height;
  }
  return all;
}

}  // namespace

Result<PhotoHeader> read_tiff_header(ByteView file, const Limits& limits) {
  const auto pages = photo_pages(file, limits);
  if (!pages) return fail(pages);
  const TiffPage& first = pages->front();
  if (const auto reader = open_checked(file, first, 1); !reader) return fail(reader);
  PhotoHeader header;
  header.format = Format::kTiff;
  header.orientation = first.orientation;
  header.size =
      upright_size({static_cast<int>(first.width), static_cast<int>(first.height)}, first.orientation);
  header.frame_count = static_cast<int>(pages->size());
  const Samples samples = samples_of(first);
  header.channels = std::max(samples.colors, 3) + (samples.alpha ? 1 : 0);  // a palette's are three
  header.bytes_per_sample = first.bits_per_sample > 8 ? 2 : 1;
  return header;
}

Result<Photo> decode_tiff(ByteView file, const Limits& limits) {
  const auto pages = photo_pages(file, limits);
  if (!pages) return fail(pages);
  const TiffPage& first = pages->front();
  const bool one_run = are_one_run(*pages);
  auto reader = open_checked(file, first, one_run ? pages->size() : 1);
  if (!reader) return fail(reader);
  auto pixels = one_run ? reader->read_upright(first.orientation) : read_page_by_page(file, *pages);
  if (!pixels) return fail(pixels);

  Photo photo;
  photo.icc_profile = usable_icc_profile(reader->icc_profile(), pixels->layout().model);
  photo.pixels = std::move(*pixels);
  photo.frame_count = static_cast<int>(pages->size());
  photo.source.format = Format::kTiff;
  photo.source.lossless = true;
  photo.source.packed = first.compression != kUncompressed;
  photo.source.bit_depth = static_cast<int>(first.bits_per_sample);
  photo.source.orientation = first.orientation;
  return photo;
}

}  // namespace face_privacy
