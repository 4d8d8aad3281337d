#include "codec/vips_encode.h"

#include <stdexcept>

#include "codec/vips_library.h"

namespace face_privacy {
namespace {

VipsHandle wrap(const Photo& photo) {
  const PixelLayout& layout = photo.pixels.layout();
  VipsHandle image(vips_image_new_from_memory(
      photo.pixels.view().data, photo.pixels.size_bytes(), photo.pixels.width(), photo.pixels.height(),
      layout.channels(), layout.bytes_per_sample == 2 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR));
  if (!image) throw std::runtime_error("libvips takes no image");
  const bool wide = layout.bytes_per_sample == 2;
  switch (layout.model) {
    case ColorModel::kGray: image->Type = wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W; break;
    case ColorModel::kRgb: image->Type = wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB; break;
    case ColorModel::kCmyk: image->Type = VIPS_INTERPRETATION_CMYK; break;
  }
  if (!photo.icc_profile.empty()) {
    vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, photo.icc_profile.data(),
                             photo.icc_profile.size());
  }
  return image;
}

struct FreeBuffer {
  void operator()(void* buffer) const noexcept { g_free(buffer); }
};

}  // namespace

Result<Bytes> encode_vips(const Photo& photo, Format format, std::optional<int> quality) {
  start_vips();
  const VipsHandle image = wrap(photo);
  void* data = nullptr;
  std::size_t bytes = 0;
  int status = -1;
  switch (format) {
    case Format::kPng: status = vips_pngsave_buffer(image.get(), &data, &bytes, nullptr); break;
    case Format::kWebp:
      status = vips_webpsave_buffer(image.get(), &data, &bytes, "Q", quality.value_or(90), "lossless",
                                    photo.source.lossless ? TRUE : FALSE, nullptr);
      break;
    case Format::kAvif:
      status = vips_heifsave_buffer(image.get(), &data, &bytes, "Q", quality.value_or(70), "compression",
                                    VIPS_FOREIGN_HEIF_COMPRESSION_AV1, nullptr);
      break;
    case Format::kTiff: status = vips_tiffsave_buffer(image.get(), &data, &bytes, nullptr); break;
    case Format::kGif: status = vips_gifsave_buffer(image.get(), &data, &bytes, nullptr); break;
    case Format::kJpeg:
    case Format::kHeic: break;
  }
  clear_vips_errors();
  const std::unique_ptr<void, FreeBuffer> buffer(data);
  if (status != 0) return fail(ErrorCode::kUnsupportedPhoto, "The photo cannot be written in this format.");
  const auto* begin = static_cast<const std::uint8_t*>(data);
  return Bytes(begin, begin + bytes);
}

}  // namespace face_privacy
