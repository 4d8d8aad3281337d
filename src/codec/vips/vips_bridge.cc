#include "codec/vips/vips_bridge.h"

#include <vips/vips.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/on_demand_library.h"
#include "codec/shared/orientation.h"

namespace face_privacy {

OnDemandLibrary& vips_library();

namespace {

void drop_message(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

void start() {
  vips_library().load();
  // libvips looks for modules below its home: ImageMagick, poppler, openslide and others, none of which
  // has anything to do with what is read here.
  ::setenv("VIPSHOME", "/nonexistent", 1);
  if (VIPS_INIT("face-privacy") != 0) throw std::runtime_error("libvips cannot start");
  // One thread a photo: the caller's pool decides how many photos there are at a time.
  vips_concurrency_set(1);
  // No two photos are the same, and what is cached keeps pixels of strangers in memory.
  vips_cache_set_max(0);
  vips_cache_set_max_mem(0);
  vips_cache_set_max_files(0);
  vips_block_untrusted_set(TRUE);
  g_log_set_handler("VIPS",
                    // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): a set of its flags
                    static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO |
                                                G_LOG_LEVEL_DEBUG),
                    drop_message, nullptr);
}

struct Unref {
  void operator()(gpointer object) const noexcept { g_object_unref(object); }
};
using ImageHandle = std::unique_ptr<VipsImage, Unref>;
using RegionHandle = std::unique_ptr<VipsRegion, Unref>;

// libvips collects error texts for the whole process and keeps buffers for each thread that calls
// it: both are given back whenever a piece of work ends, as the last thing.
struct Cleanup {
  ~Cleanup() {
    vips_error_clear();
    vips_thread_shutdown();
  }
};

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kDamagedPhoto, "The photo is truncated or damaged.");
}

ImageHandle open_image(Format format, ByteView file, int frame_count, int first_frame) {
  VipsImage* image = nullptr;
  void* data = const_cast<std::uint8_t*>(file.data());  // libvips only reads it
  const auto load = [&](auto* loader, auto... options) {
    loader(data, file.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_WARNING,
           options..., nullptr);
  };
  switch (format) {
    case Format::kPng: load(vips_pngload_buffer); break;
    case Format::kTiff: load(vips_tiffload_buffer, "page", first_frame, "n", frame_count); break;
    case Format::kGif: load(vips_gifload_buffer, "n", frame_count); break;
    default: throw std::logic_error("a format that is not read by libvips");
  }
  return ImageHandle(image);
}

int int_field(VipsImage* image, const char* name, int otherwise) {
  int value = otherwise;
  const bool found = vips_image_get_typeof(image, name) != 0 && vips_image_get_int(image, name, &value) == 0;
  return found ? value : otherwise;
}

VipsBandFormat band_format(const PixelLayout& layout) {
  return layout.bytes_per_sample == 2 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
}

VipsInterpretation interpretation(const PixelLayout& layout) {
  const bool wide = layout.bytes_per_sample == 2;
  switch (layout.model) {
    case ColorModel::kGray: return wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
    case ColorModel::kRgb: return wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
    case ColorModel::kCmyk: return VIPS_INTERPRETATION_CMYK;
    case ColorModel::kYcc:
    case ColorModel::kChroma: break;  // never in a photo
  }
  return VIPS_INTERPRETATION_ERROR;
}

// The rows must lie without gaps.
ImageHandle wrap(const ImageView& pixels, ByteView icc_profile) {
  ImageHandle image(vips_image_new_from_memory(
      pixels.data, pixels.stride_bytes * static_cast<std::size_t>(pixels.height), pixels.width, pixels.height,
      pixels.layout.channels(), band_format(pixels.layout)));
  if (!image) throw std::bad_alloc();
  image->Type = interpretation(pixels.layout);
  if (!icc_profile.empty()) {
    vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, icc_profile.data(), icc_profile.size());
  }
  return image;
}

struct FreeBuffer {
  void operator()(void* buffer) const noexcept { g_free(buffer); }
};

// Runs a saver and takes what it wrote. It writes pixels and options of this program alone, so that
// only memory can be lacking.
template <class Save>
Bytes saved(const Save& save) {
  void* data = nullptr;
  std::size_t size = 0;
  const int status = save(&data, &size);
  const std::unique_ptr<void, FreeBuffer> buffer(data);
  if (status != 0) throw std::runtime_error("libvips cannot write the photo");
  const auto* begin = static_cast<const std::uint8_t*>(data);
  return {begin, begin + size};
}

constexpr int kStripRows = 16;  // what libvips' own loaders hand on at a time

// Once per process, before any call into libvips.
void ensure_started() {
  static std::once_flag once;
  std::call_once(once, start);
}

}  // namespace

void start_vips() { ensure_started(); }

struct VipsReader::Impl {
  Cleanup cleanup;  // first, so that it comes after the image is gone
  ImageHandle image;
};

VipsReader::VipsReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VipsReader::VipsReader(VipsReader&&) noexcept = default;
VipsReader& VipsReader::operator=(VipsReader&&) noexcept = default;
VipsReader::~VipsReader() = default;

Result<VipsReader> VipsReader::open(Format format, ByteView file, int frame_count, int first_frame) {
  ensure_started();
  auto impl = std::make_unique<Impl>();
  impl->image = open_image(format, file, frame_count, first_frame);
  if (!impl->image) return damaged();
  return VipsReader(std::move(impl));
}

Size VipsReader::frame_size() const {
  return {vips_image_get_width(impl_->image.get()), vips_image_get_page_height(impl_->image.get())};
}

int VipsReader::frame_count() const {
  return vips_image_get_height(impl_->image.get()) / frame_size().height;
}

ByteView VipsReader::icc_profile() const {
  const void* data = nullptr;
  std::size_t size = 0;
  VipsImage* image = impl_->image.get();
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
      vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0) {
    return {};
  }
  return {static_cast<const std::uint8_t*>(data), size};
}

std::vector<int> VipsReader::frame_delays_ms() const {
  int* delays = nullptr;
  int count = 0;
  VipsImage* image = impl_->image.get();
  if (vips_image_get_typeof(image, "delay") == 0 ||
      vips_image_get_array_int(image, "delay", &delays, &count) != 0 || count < frame_count()) {
    return {};
  }
  return {delays, delays + frame_count()};
}

int VipsReader::loop_count() const { return int_field(impl_->image.get(), "loop", 0); }

Result<void> VipsReader::keep_channels(int color_channels, std::optional<int> alpha) {
  const int wanted = std::max(color_channels, alpha ? *alpha + 1 : 0);
  if (wanted > vips_image_get_bands(impl_->image.get())) return damaged();
  VipsImage* colors = nullptr;
  if (vips_extract_band(impl_->image.get(), &colors, 0, "n", color_channels, nullptr) != 0)
    throw std::bad_alloc();
  ImageHandle kept(colors);
  if (alpha) {
    VipsImage* channel = nullptr;
    VipsImage* joined = nullptr;
    if (vips_extract_band(impl_->image.get(), &channel, *alpha, nullptr) != 0) throw std::bad_alloc();
    const ImageHandle owner(channel);
    if (vips_bandjoin2(colors, channel, &joined, nullptr) != 0) throw std::bad_alloc();
    kept.reset(joined);
  }
  VipsImage* named = nullptr;
  const VipsInterpretation meaning = vips_image_get_interpretation(impl_->image.get());
  if (vips_copy(kept.get(), &named, "interpretation", meaning, nullptr) != 0) throw std::bad_alloc();
  impl_->image.reset(named);
  return {};
}

Result<PixelLayout> VipsReader::layout() const {
  PixelLayout layout;
  VipsImage* image = impl_->image.get();
  switch (vips_image_get_format(image)) {
    case VIPS_FORMAT_UCHAR: layout.bytes_per_sample = 1; break;
    case VIPS_FORMAT_USHORT: layout.bytes_per_sample = 2; break;
    default:
      return fail(ErrorCode::kUnsupportedPhoto,
                  "The photo's samples are not whole numbers of 8 or 16 bits, which is not supported.");
  }
  const int bands = vips_image_get_bands(image);
  switch (vips_image_get_interpretation(image)) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16: layout.model = bands <= 2 ? ColorModel::kGray : ColorModel::kRgb; break;
    case VIPS_INTERPRETATION_CMYK: layout.model = ColorModel::kCmyk; break;
    default:
      return fail(ErrorCode::kUnsupportedPhoto, "The photo's colors are of a kind that is not supported.");
  }
  layout.alpha = bands == layout.color_channels() + 1;
  if (bands != layout.channels()) {
    return fail(ErrorCode::kUnsupportedPhoto, "The photo has more channels than are supported.");
  }
  return layout;
}

Result<Image> VipsReader::read_upright(int orientation) {
  auto layout_of_pixels = layout();
  if (!layout_of_pixels) return fail(layout_of_pixels);
  const Size stored = frame_size();
  const Size frame = upright_size(stored, orientation);
  const int count = frame_count();
  Image upright({frame.width, frame.height * count}, *layout_of_pixels);
  // Pulled through this thread, strip by strip: libvips' own sinks hand each strip to other threads.
  const RegionHandle region(vips_region_new(impl_->image.get()));
  if (!region) throw std::bad_alloc();
  for (int index = 0; index < count; ++index) {
    const auto target = upright.mutable_view().crop({0, index * frame.height, frame.width, frame.height});
    for (int y = 0; y < stored.height; y += kStripRows) {
      const VipsRect strip{0, index * stored.height + y, stored.width,
                           std::min(kStripRows, stored.height - y)};
      if (vips_region_prepare(region.get(), &strip) != 0) return damaged();
      const ImageView rows{VIPS_REGION_ADDR(region.get(), 0, strip.top), strip.width, strip.height,
                           static_cast<std::size_t>(VIPS_REGION_LSKIP(region.get())), *layout_of_pixels};
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

Bytes write_png_by_vips(const ImageView& pixels, ByteView icc_profile) {
  ensure_started();
  const Cleanup cleanup;
  const ImageHandle image = wrap(pixels, icc_profile);
  return saved([&](void** data, std::size_t* size) {
    // A 12 MP photo: 0.75 s and 6.3 MB; at libvips' own level, 6, it is 1.4 s and 5.9 MB.
    return vips_pngsave_buffer(image.get(), data, size, "compression", 4, "bitdepth",
                               pixels.layout.bytes_per_sample * 8, "filter", VIPS_FOREIGN_PNG_FILTER_ALL,
                               nullptr);
  });
}

Bytes write_tiff_by_vips(const ImageView& pixels, int frame_count, ByteView icc_profile, bool packed) {
  ensure_started();
  const int compression = packed ? VIPS_FOREIGN_TIFF_COMPRESSION_LZW : VIPS_FOREIGN_TIFF_COMPRESSION_NONE;
  const Cleanup cleanup;
  const ImageHandle image = wrap(pixels, icc_profile);
  return saved([&](void** data, std::size_t* size) {
    return vips_tiffsave_buffer(image.get(), data, size, "compression", compression, "predictor",
                                VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "page_height",
                                pixels.height / frame_count, nullptr);
  });
}

std::optional<Image> to_srgb_by_vips(const ImageView& pixels, ByteView icc_profile) {
  ensure_started();
  const Cleanup cleanup;
  const ImageHandle source = wrap(pixels, icc_profile);
  const PixelLayout layout{ColorModel::kRgb, pixels.layout.alpha, pixels.layout.bytes_per_sample};
  // libvips brings a profile of a common press under the name "cmyk".
  const char* fallback = pixels.layout.model == ColorModel::kCmyk ? "cmyk" : "srgb";
  VipsImage* transformed = nullptr;
  if (vips_icc_transform(source.get(), &transformed, "srgb", "embedded", TRUE, "input_profile", fallback,
                         "depth", layout.bytes_per_sample * 8, nullptr) != 0) {
    return {};
  }
  const ImageHandle image(transformed);
  if (vips_image_get_bands(transformed) != layout.channels() ||
      vips_image_get_format(transformed) != band_format(layout)) {
    return {};
  }
  Image result({pixels.width, pixels.height}, layout);
  const ImageHandle target = wrap(result.view(), {});
  if (vips_image_write(transformed, target.get()) != 0) return {};
  return result;
}

Bytes display_p3_profile_by_vips() {
  ensure_started();
  const Cleanup cleanup;
  VipsBlob* blob = nullptr;
  if (vips_profile_load("p3", &blob, nullptr) != 0 || blob == nullptr) {
    throw std::runtime_error("libvips lacks its Display P3 profile");
  }
  std::size_t size = 0;
  const auto* data = static_cast<const std::uint8_t*>(vips_blob_get(blob, &size));
  Bytes profile(data, data + size);
  vips_area_unref(VIPS_AREA(blob));
  return profile;
}

}  // namespace face_privacy
