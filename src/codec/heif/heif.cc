#include "codec/heif/heif.h"

#include <libheif/heif.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/byte_reader.h"
#include "base/on_demand_library.h"
#include "codec/heif/items.h"
#include "codec/heif/picture.h"
#include "codec/shared/alpha.h"
#include "codec/shared/icc_profile.h"
#include "codec/shared/size_check.h"

namespace face_privacy {

OnDemandLibrary& heif_library();

namespace {

static_assert(std::endian::native == std::endian::little, "libheif is asked for little-endian samples");

// A 12 MP photo of 1.1 MB as JPEG at 90: 481 KB and a deviation of 1.4 levels; at 90 it is 832 KB and
// 0.8. AVIF files are mostly made at 50 to 65, which this does not make visibly worse.
constexpr int kDefaultQuality = 80;
constexpr int kFullChromaQuality = 90;
// libaom's 0 (slow) to 9. The same photo: 1.0 s at 8 and 2.5 s at 6, which is as large and has a
// deviation of 1.2.
constexpr int kSpeed = 8;

template <auto kFunction>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const noexcept {
    kFunction(pointer);
  }
};
using ContextHandle = std::unique_ptr<heif_context, Deleter<heif_context_free>>;
using HandleHandle = std::unique_ptr<heif_image_handle, Deleter<heif_image_handle_release>>;
using ImageHandle = std::unique_ptr<heif_image, Deleter<heif_image_release>>;
using EncoderHandle = std::unique_ptr<heif_encoder, Deleter<heif_encoder_release>>;
using NclxHandle = std::unique_ptr<heif_color_profile_nclx, Deleter<heif_nclx_color_profile_free>>;
using DecodingOptions = std::unique_ptr<heif_decoding_options, Deleter<heif_decoding_options_free>>;

tl::unexpected<Error> to_error(const heif_error& error) {
  switch (error.code) {
    case heif_error_Memory_allocation_error:
      if (error.subcode == heif_suberror_Security_limit_exceeded) {
        return fail(ErrorCode::kTooManyPixels, "The photo has too many pixels.");
      }
      throw std::bad_alloc();
    case heif_error_Unsupported_feature:
    case heif_error_Unsupported_filetype:
      return fail(ErrorCode::kUnsupportedPhoto,
                  "The photo is an AVIF or HEIC of a kind that is not supported.");
    default: return damaged_heif();
  }
}

struct Opened {
  HeifPicture picture;  // first, as the others look at its bytes
  ContextHandle context;
  HandleHandle handle;
  Size size;  // libheif turns the picture itself
};

Result<Opened> open(ByteView file, const Limits& limits) {
  auto picture = extract_heif_picture(file, limits);
  if (!picture) return fail(picture);
  start_heif();
  Opened opened;
  opened.picture = std::move(*picture);
  opened.context.reset(heif_context_alloc());
  if (!opened.context) throw std::bad_alloc();
  heif_context* context = opened.context.get();
  heif_context_set_max_decoding_threads(context, 0);
  heif_context_set_maximum_image_size_limit(context, limits.max_side + kHeifTilePx);
  const Bytes& only_it = opened.picture.file;
  heif_error error =
      heif_context_read_from_memory_without_copy(context, only_it.data(), only_it.size(), nullptr);
  if (error.code != heif_error_Ok) return to_error(error);
  heif_image_handle* handle = nullptr;
  error = heif_context_get_primary_image_handle(context, &handle);
  if (error.code != heif_error_Ok) return to_error(error);
  opened.handle.reset(handle);
  opened.size = {heif_image_handle_get_width(handle), heif_image_handle_get_height(handle)};
  if (opened.size.width <= 0 || opened.size.height <= 0) return damaged_heif();
  const auto fits = check_size(static_cast<std::uint64_t>(opened.size.width),
                               static_cast<std::uint64_t>(opened.size.height), 1, limits);
  if (!fits) return fail(fits);
  return opened;
}

heif_chroma interleaved_chroma(const PixelLayout& layout) {
  if (layout.bytes_per_sample == 1) {
    return layout.alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;
  }
  return layout.alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE;
}

// Samples of `bit_depth` bits to all 16, so that the highest value stays the highest.
void widen(const MutableImageView& row, int bit_depth) {
  const int count = row.width * row.layout.channels();
  for (int i = 0; i < count; ++i) {
    std::uint16_t sample;
    std::memcpy(&sample, row.data + std::ptrdiff_t{2} * i, 2);
    sample = static_cast<std::uint16_t>(sample << (16 - bit_depth) | sample >> (2 * bit_depth - 16));
    std::memcpy(row.data + std::ptrdiff_t{2} * i, &sample, 2);
  }
}

Result<Image> decode_pixels(const Opened& opened, int bit_depth) {
  const bool alpha = heif_image_handle_has_alpha_channel(opened.handle.get()) != 0;
  const PixelLayout layout{ColorModel::kRgb, alpha, bit_depth > 8 ? 2 : 1};
  const DecodingOptions options(heif_decoding_options_alloc());
  if (!options) throw std::bad_alloc();
  heif_image* decoded = nullptr;
  const heif_error error = heif_decode_image(opened.handle.get(), &decoded, heif_colorspace_RGB,
                                             interleaved_chroma(layout), options.get());
  if (error.code != heif_error_Ok) return to_error(error);
  const ImageHandle image(decoded);
  constexpr auto kChannel = heif_channel_interleaved;
  // The coded picture need not be what the container says of it.
  if (Size{heif_image_get_width(decoded, kChannel), heif_image_get_height(decoded, kChannel)} !=
          opened.size ||
      heif_image_get_bits_per_pixel_range(decoded, kChannel) != bit_depth) {
    return damaged_heif();
  }
  int stride_bytes = 0;
  const std::uint8_t* plane = heif_image_get_plane_readonly(decoded, kChannel, &stride_bytes);
  if (plane == nullptr) return damaged_heif();

  Image pixels(opened.size, layout);
  const MutableImageView target = pixels.mutable_view();
  for (int y = 0; y < target.height; ++y) {
    std::memcpy(target.row(y), plane + static_cast<std::ptrdiff_t>(y) * stride_bytes, target.stride_bytes);
    if (bit_depth > 8) widen(target.crop({0, y, target.width, 1}), bit_depth);
  }
  return pixels;
}

// libheif gives gray pictures as RGB.
bool is_gray(const ImageView& pixels) {
  if (pixels.layout.alpha) return false;
  const std::ptrdiff_t bytes = pixels.layout.bytes_per_sample;
  for (int y = 0; y < pixels.height; ++y) {
    const std::uint8_t* pixel = pixels.row(y);
    for (int x = 0; x < pixels.width; ++x, pixel += 3 * bytes) {
      if (std::memcmp(pixel, pixel + bytes, static_cast<std::size_t>(2 * bytes)) != 0 &&
          !(std::memcmp(pixel, pixel + bytes, static_cast<std::size_t>(bytes)) == 0 &&
            std::memcmp(pixel, pixel + 2 * bytes, static_cast<std::size_t>(bytes)) == 0)) {
        return false;
      }
    }
  }
  return true;
}

Image to_gray(const ImageView& pixels) {
  Image gray(pixels.size(), {ColorModel::kGray, false, pixels.layout.bytes_per_sample});
  const std::ptrdiff_t bytes = pixels.layout.bytes_per_sample;
  for (int y = 0; y < pixels.height; ++y) {
    const std::uint8_t* from = pixels.row(y);
    std::uint8_t* to = gray.mutable_view().row(y);
    for (int x = 0; x < pixels.width; ++x, from += 3 * bytes, to += bytes) {
      std::memcpy(to, from, static_cast<std::size_t>(bytes));
    }
  }
  return gray;
}

Bytes icc_profile_of(const heif_image_handle* handle) {
  Bytes profile(heif_image_handle_get_raw_color_profile_size(handle));
  if (!profile.empty() &&
      heif_image_handle_get_raw_color_profile(handle, profile.data()).code != heif_error_Ok) {
    profile.clear();
  }
  return profile;
}

// libheif 1.15 loses memory when it is asked for code points that it does not know, so it is asked
// only where every one that the picture has is known to it.
bool has_known_color_codes_only(const HeifPicture& picture) {
  const NclxHandle nclx(heif_nclx_color_profile_alloc());
  if (!nclx) throw std::bad_alloc();
  return std::all_of(picture.color_codes.begin(), picture.color_codes.end(), [&](const Bytes& codes) {
    ByteReader reader(codes);
    const auto next = [&] { return static_cast<std::uint16_t>(reader.number(2)); };
    return heif_nclx_color_profile_set_color_primaries(nclx.get(), next()).code == heif_error_Ok &&
           heif_nclx_color_profile_set_transfer_characteristics(nclx.get(), next()).code == heif_error_Ok &&
           heif_nclx_color_profile_set_matrix_coefficients(nclx.get(), next()).code == heif_error_Ok &&
           reader.ok();
  });
}

std::optional<ColorCodes> color_codes_of(const Opened& opened) {
  if (!has_known_color_codes_only(opened.picture)) return {};
  heif_color_profile_nclx* nclx = nullptr;
  const heif_error error = heif_image_handle_get_nclx_color_profile(opened.handle.get(), &nclx);
  if (error.code != heif_error_Ok || nclx == nullptr) return {};
  const NclxHandle owner(nclx);
  return ColorCodes{static_cast<std::uint16_t>(nclx->color_primaries),
                    static_cast<std::uint16_t>(nclx->transfer_characteristics)};
}

// --- writing

// libheif fails here for lack of memory, or through a bug of the caller.
void expect(const heif_error& error) {
  if (error.code == heif_error_Memory_allocation_error) throw std::bad_alloc();
  if (error.code != heif_error_Ok) throw std::runtime_error("libheif cannot write the photo");
}

// 16-bit samples down to `bit_depth`: undoes `widen` exactly.
void copy_row(const std::uint8_t* from, std::uint8_t* to, int sample_count, int bytes_per_sample,
              int bit_depth) {
  if (bytes_per_sample == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(sample_count));
    return;
  }
  for (int i = 0; i < sample_count; ++i) {
    std::uint16_t sample;
    std::memcpy(&sample, from + std::ptrdiff_t{2} * i, 2);
    sample = static_cast<std::uint16_t>(sample >> (16 - bit_depth));
    std::memcpy(to + std::ptrdiff_t{2} * i, &sample, 2);
  }
}

ImageHandle make_image(const ImageView& pixels, int bit_depth) {
  const bool gray = pixels.layout.model == ColorModel::kGray;
  const heif_channel channel = gray ? heif_channel_Y : heif_channel_interleaved;
  heif_image* created = nullptr;
  expect(heif_image_create(pixels.width, pixels.height,
                           gray ? heif_colorspace_monochrome : heif_colorspace_RGB,
                           gray ? heif_chroma_monochrome : interleaved_chroma(pixels.layout), &created));
  ImageHandle image(created);
  expect(heif_image_add_plane(created, channel, pixels.width, pixels.height, bit_depth));
  int stride_bytes = 0;
  std::uint8_t* plane = heif_image_get_plane(created, channel, &stride_bytes);
  if (plane == nullptr) throw std::bad_alloc();
  for (int y = 0; y < pixels.height; ++y) {
    copy_row(pixels.row(y), plane + static_cast<std::ptrdiff_t>(y) * stride_bytes,
             pixels.width * pixels.layout.channels(), pixels.layout.bytes_per_sample, bit_depth);
  }
  return image;
}

void set_colors(heif_image* image, const Writable& writable) {
  const Bytes& profile = writable.icc_profile;
  if (!profile.empty()) {
    expect(heif_image_set_raw_color_profile(image, "prof", profile.data(), profile.size()));
  }
  const ColorCodes codes = writable.color_codes.value_or(ColorCodes{});
  const NclxHandle nclx(heif_nclx_color_profile_alloc());
  if (!nclx) throw std::bad_alloc();
  // Codes that libheif does not know become "unspecified", which is what they were to it.
  heif_nclx_color_profile_set_color_primaries(nclx.get(), codes.primaries);
  heif_nclx_color_profile_set_transfer_characteristics(nclx.get(), codes.transfer);
  nclx->matrix_coefficients = codes.primaries == heif_color_primaries_ITU_R_BT_2020_2_and_2100_0
                                  ? heif_matrix_coefficients_ITU_R_BT_2020_2_non_constant_luminance
                                  : heif_matrix_coefficients_ITU_R_BT_601_6;
  nclx->full_range_flag = 1;
  expect(heif_image_set_nclx_color_profile(image, nclx.get()));
}

EncoderHandle make_encoder(heif_context* context, int quality) {
  heif_encoder* created = nullptr;
  expect(heif_context_get_encoder_for_format(context, heif_compression_AV1, &created));
  EncoderHandle encoder(created);
  expect(heif_encoder_set_lossy_quality(created, quality));
  expect(heif_encoder_set_parameter_integer(created, "speed", kSpeed));
  expect(heif_encoder_set_parameter_integer(created, "threads", 1));
  expect(heif_encoder_set_parameter_string(created, "chroma", quality >= kFullChromaQuality ? "444" : "420"));
  expect(heif_encoder_set_parameter_boolean(created, "lossless-alpha", 1));
  return encoder;
}

heif_error append_to_bytes(heif_context*, const void* data, std::size_t size, void* file) {
  try {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    static_cast<Bytes*>(file)->insert(static_cast<Bytes*>(file)->end(), begin, begin + size);
  } catch (const std::bad_alloc&) {
    return {heif_error_Memory_allocation_error, heif_suberror_Unspecified, ""};
  }
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

}  // namespace

void start_heif() { heif_library().load(); }

Result<PhotoHeader> read_heif_header(Format format, ByteView file, const Limits& limits) {
  const auto opened = open(file, limits);
  if (!opened) return fail(opened);
  PhotoHeader header;
  header.format = format;
  header.size = opened->size;
  header.bytes_per_sample = heif_image_handle_get_luma_bits_per_pixel(opened->handle.get()) > 8 ? 2 : 1;
  return header;
}

Result<Photo> decode_heif(Format format, ByteView file, const Limits& limits) {
  const auto opened = open(file, limits);
  if (!opened) return fail(opened);
  const heif_image_handle* handle = opened->handle.get();
  const int bit_depth = heif_image_handle_get_luma_bits_per_pixel(handle);
  if (bit_depth < 8 || bit_depth > 16) return damaged_heif();
  auto pixels = decode_pixels(*opened, bit_depth);
  if (!pixels) return fail(pixels);
  if (opened->picture.has_premultiplied_alpha) unpremultiply(pixels->mutable_view());

  Photo photo;
  photo.icc_profile = usable_icc_profile(icc_profile_of(handle), ColorModel::kRgb);
  const bool gray = photo.icc_profile.empty() && is_gray(pixels->view());
  photo.pixels = gray ? to_gray(pixels->view()) : std::move(*pixels);
  if (photo.icc_profile.empty()) photo.color_codes = color_codes_of(*opened);
  photo.source.format = format;
  photo.source.bit_depth = bit_depth;
  return photo;
}

Bytes encode_avif(const Writable& writable, int bit_depth, std::optional<int> quality) {
  start_heif();
  const ContextHandle context(heif_context_alloc());
  if (!context) throw std::bad_alloc();
  const ImageHandle image = make_image(writable.pixels, bit_depth);
  set_colors(image.get(), writable);
  const EncoderHandle encoder = make_encoder(context.get(), quality.value_or(kDefaultQuality));
  heif_image_handle* handle = nullptr;
  expect(heif_context_encode_image(context.get(), image.get(), encoder.get(), nullptr, &handle));
  const HandleHandle owner(handle);
  Bytes file;
  heif_writer writer{1, append_to_bytes};
  expect(heif_context_write(context.get(), &writer, &file));
  return file;
}

}  // namespace face_privacy
