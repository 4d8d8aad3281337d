#include "codec/vips_decode.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "codec/exif_orientation.h"
#include "codec/icc_profile.h"
#include "codec/orientation.h"
#include "codec/size_check.h"
#include "codec/vips_library.h"

namespace face_privacy {
namespace {

tl::unexpected<Error> damaged(Format format) {
  return fail(ErrorCode::kDamagedPhoto,
              "The photo is truncated or damaged (" + std::string(name_of(format)) + ").");
}

VipsHandle open(Format format, ByteView file) {
  VipsImage* image = nullptr;
  void* data = const_cast<std::uint8_t*>(file.data());  // libvips only reads it
  const std::size_t bytes = file.size();
  const auto load = [&](auto* loader, auto... options) {
    loader(data, bytes, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_WARNING, options...,
           nullptr);
  };
  switch (format) {
    case Format::kJpeg: break;
    case Format::kPng: load(vips_pngload_buffer); break;
    case Format::kWebp: load(vips_webpload_buffer, "n", -1); break;
    case Format::kAvif:
    case Format::kHeic: load(vips_heifload_buffer); break;
    case Format::kTiff: load(vips_tiffload_buffer, "n", -1); break;
    case Format::kGif: load(vips_gifload_buffer, "n", -1); break;
  }
  return VipsHandle(image);
}

int int_field(VipsImage* image, const char* name, int otherwise) {
  int value = otherwise;
  if (vips_image_get_typeof(image, name) != 0 && vips_image_get_int(image, name, &value) != 0) {
    return otherwise;
  }
  return value;
}

ByteView blob_field(VipsImage* image, const char* name) {
  const void* data = nullptr;
  std::size_t bytes = 0;
  if (vips_image_get_typeof(image, name) == 0 || vips_image_get_blob(image, name, &data, &bytes) != 0) {
    return {};
  }
  return {static_cast<const std::uint8_t*>(data), bytes};
}

int stored_orientation(Format format, VipsImage* image) {
  switch (format) {
    case Format::kPng:
    case Format::kWebp: return exif_orientation(blob_field(image, VIPS_META_EXIF_NAME));
    case Format::kTiff: {
      const int orientation = int_field(image, VIPS_META_ORIENTATION, 1);
      return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
    default: return 1;  // libheif turns AVIF and HEIC itself; GIF has none
  }
}

Size stored_frame_size(VipsImage* image) {
  return {vips_image_get_width(image), vips_image_get_page_height(image)};
}

Result<PixelLayout> layout_of(VipsImage* image) {
  PixelLayout layout;
  switch (vips_image_get_format(image)) {
    case VIPS_FORMAT_UCHAR: layout.bytes_per_sample = 1; break;
    case VIPS_FORMAT_USHORT: layout.bytes_per_sample = 2; break;
    default:
      return fail(ErrorCode::kUnsupportedPhoto, "The photo's samples are of a kind that is not supported.");
  }
  const int bands = vips_image_get_bands(image);
  const bool cmyk = vips_image_get_interpretation(image) == VIPS_INTERPRETATION_CMYK;
  layout.model = cmyk ? ColorModel::kCmyk : bands <= 2 ? ColorModel::kGray : ColorModel::kRgb;
  layout.alpha = bands == layout.color_channels() + 1;
  if (bands != layout.channels()) {
    return fail(ErrorCode::kUnsupportedPhoto, "The photo has more channels than are supported.");
  }
  return layout;
}

struct UnrefRegion {
  void operator()(VipsRegion* region) const noexcept { g_object_unref(region); }
};

constexpr int kStripRows = 16;

// Pulls the frames through libvips from top to bottom, in this thread, into upright pixels.
Result<Image> read_upright(Format format, VipsImage* image, PixelLayout layout, int frame_count,
                           int orientation) {
  const Size stored = stored_frame_size(image);
  const Size frame = upright_size(stored, orientation);
  Image upright({frame.width, frame.height * frame_count}, layout);
  const std::unique_ptr<VipsRegion, UnrefRegion> region(vips_region_new(image));
  if (!region) return damaged(format);
  for (int index = 0; index < frame_count; ++index) {
    const auto target = upright.mutable_view().crop({0, index * frame.height, frame.width, frame.height});
    for (int y = 0; y < stored.height; y += kStripRows) {
      const VipsRect strip{0, index * stored.height + y, stored.width,
                           std::min(kStripRows, stored.height - y)};
      if (vips_region_prepare(region.get(), &strip) != 0) return damaged(format);
      const ImageView rows{VIPS_REGION_ADDR(region.get(), 0, strip.top), strip.width, strip.height,
                           static_cast<std::size_t>(VIPS_REGION_LSKIP(region.get())), layout};
      if (orientation != 1) {
        place_upright(rows, y, stored, orientation, target);
        continue;
      }
      for (int row = 0; row < strip.height; ++row) {
        std::memcpy(target.row(y + row), rows.row(row), upright.stride_bytes());
      }
    }
  }
  return upright;
}

struct Opened {
  VipsHandle image;
  PhotoHeader header;
};

Result<Opened> open_checked(Format format, ByteView file, const Limits& limits) {
  start_vips();
  Opened opened{open(format, file), {}};
  clear_vips_errors();
  if (!opened.image) return damaged(format);
  VipsImage* image = opened.image.get();
  const Size stored = stored_frame_size(image);
  opened.header.format = format;
  opened.header.frame_count = vips_image_get_height(image) / stored.height;
  opened.header.orientation = stored_orientation(format, image);
  opened.header.size = upright_size(stored, opened.header.orientation);
  const auto fits =
      check_size(static_cast<std::uint64_t>(stored.width), static_cast<std::uint64_t>(stored.height),
                 static_cast<std::uint64_t>(opened.header.frame_count), limits);
  if (!fits) return fail(fits);
  return opened;
}

}  // namespace

Result<PhotoHeader> read_vips_header(Format format, ByteView file, const Limits& limits) {
  const auto opened = open_checked(format, file, limits);
  if (!opened) return fail(opened);
  return opened->header;
}

Result<Photo> decode_vips(Format format, ByteView file, const Limits& limits) {
  const auto opened = open_checked(format, file, limits);
  if (!opened) return fail(opened);
  const PhotoHeader& header = opened->header;
  VipsImage* image = opened->image.get();
  const auto layout = layout_of(image);
  if (!layout) return fail(layout);

  Photo photo;
  auto pixels = read_upright(format, image, *layout, header.frame_count, header.orientation);
  clear_vips_errors();
  if (!pixels) return fail(pixels);
  photo.pixels = std::move(*pixels);
  photo.frame_count = header.frame_count;
  photo.icc_profile = usable_icc_profile(blob_field(image, VIPS_META_ICC_NAME), layout->model);
  photo.source.format = format;
  photo.source.orientation = header.orientation;
  photo.source.bit_depth = layout->bytes_per_sample * 8;
  if (header.frame_count > 1) {
    int* delays = nullptr;
    int count = 0;
    if (vips_image_get_typeof(image, "delay") != 0 &&
        vips_image_get_array_int(image, "delay", &delays, &count) == 0 && count == header.frame_count) {
      photo.frame_delays_ms.assign(delays, delays + count);
    }
    photo.loop_count = int_field(image, "loop", 0);
  }
  return photo;
}

}  // namespace face_privacy
