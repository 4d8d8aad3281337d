#include "codec/jpeg/jpeg.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>

#include "codec/jpeg/libjpeg.h"
#include "codec/jpeg/metadata.h"
#include "codec/shared/icc_profile.h"
#include "codec/shared/orientation.h"

namespace face_privacy {
namespace {

using jpeg::Compressor;
using jpeg::Decompressor;
using jpeg::guarded;
using jpeg::read_header;
using jpeg::to_error;

constexpr int kDefaultQuality = 92;
// From here on color is worth its full resolution (libvips does the same).
constexpr int kFullChromaQuality = 90;

// Rows decoded at a time: one row of MCUs at the usual sampling.
constexpr int kStripRows = 16;

// libjpeg's coded blocks in one MCU, T.81 B.2.3.
constexpr int kMaxBlocksInMcu = 10;

// --- reading

Size stored_size(const jpeg_decompress_struct& info) {
  return {static_cast<int>(info.image_width), static_cast<int>(info.image_height)};
}

// What libjpeg is to make of the file's colors: the model of the picture's pixels.
Result<ColorModel> choose_color_model(jpeg_decompress_struct& info) {
  switch (info.jpeg_color_space) {
    case JCS_GRAYSCALE: info.out_color_space = JCS_GRAYSCALE; return ColorModel::kGray;
    case JCS_YCbCr:
    case JCS_RGB: info.out_color_space = JCS_RGB; return ColorModel::kRgb;
    case JCS_CMYK:
    case JCS_YCCK: info.out_color_space = JCS_CMYK; return ColorModel::kCmyk;
    default:
      return fail(ErrorCode::kUnsupportedPhoto, "The photo is a JPEG of a kind that is not supported.");
  }
}

// CMYK files hold light, not ink. Adobe began it, and browsers and ImageMagick read every such file
// so, with Adobe's marker and without.
void invert(const MutableImageView& rows) {
  const std::size_t row_bytes = static_cast<std::size_t>(rows.width) * 4;
  for (int y = 0; y < rows.height; ++y) {
    std::transform(rows.row(y), rows.row(y) + row_bytes, rows.row(y),
                   [](std::uint8_t value) { return static_cast<std::uint8_t>(255 - value); });
  }
}

// Reads the next rows.height rows into `rows`.
Result<void> read_rows(Decompressor& jpeg, const MutableImageView& rows) {
  for (int done = 0; done < rows.height;) {
    JSAMPROW pointers[kStripRows];
    const int wanted = std::min(kStripRows, rows.height - done);
    for (int i = 0; i < wanted; ++i) pointers[i] = rows.row(done + i);
    JDIMENSION read = 0;
    auto ran =
        jpeg.run([&] { read = jpeg_read_scanlines(&jpeg.info, pointers, static_cast<JDIMENSION>(wanted)); });
    if (!ran) return ran;
    if (read == 0) return fail(ErrorCode::kDamagedPhoto, "The JPEG photo is truncated or damaged.");
    done += static_cast<int>(read);
  }
  if (jpeg.info.out_color_space == JCS_CMYK) invert(rows);
  return {};
}

Result<Image> read_upright(Decompressor& jpeg, PixelLayout layout, int orientation) {
  const Size stored = stored_size(jpeg.info);
  Image upright(upright_size(stored, orientation), layout);
  const MutableImageView target = upright.mutable_view();
  if (orientation == 1) {
    if (auto read = read_rows(jpeg, target); !read) return fail(read);
    return upright;
  }
  Image strip({stored.width, kStripRows}, layout);
  for (int y = 0; y < stored.height; y += kStripRows) {
    const auto rows =
        strip.mutable_view().crop({0, 0, stored.width, std::min(kStripRows, stored.height - y)});
    if (auto read = read_rows(jpeg, rows); !read) return fail(read);
    place_upright(rows, y, stored, orientation, target);
  }
  return upright;
}

// After the last scan, when the tables of every component are known.
Result<SourceEncoding> source_encoding(const jpeg_decompress_struct& info) {
  SourceEncoding source;
  source.format = Format::kJpeg;
  source.jpeg_progressive = info.progressive_mode != FALSE;
  source.jpeg_luma_chroma = info.jpeg_color_space == JCS_YCbCr || info.jpeg_color_space == JCS_YCCK;
  for (int i = 0; i < info.num_components; ++i) {
    const jpeg_component_info& component = info.comp_info[i];
    SourceEncoding::JpegComponent& out = source.jpeg_components.emplace_back();
    out.horizontal_sampling = component.h_samp_factor;
    out.vertical_sampling = component.v_samp_factor;
    if (component.quant_table == nullptr) {
      return fail(ErrorCode::kDamagedPhoto, "The JPEG photo is truncated or damaged.");
    }
    std::copy(std::begin(component.quant_table->quantval), std::end(component.quant_table->quantval),
              out.quantization.begin());
    if (std::find(out.quantization.begin(), out.quantization.end(), 0) != out.quantization.end()) {
      return fail(ErrorCode::kDamagedPhoto, "The JPEG photo has a quantization table with a zero.");
    }
  }
  return source;
}

// --- writing

using Components = std::vector<SourceEncoding::JpegComponent>;

// The components as they are to be written: turned with the picture, and with sampling factors
// that one interleaved scan can hold. Files whose scans are apart may have larger ones.
Components components_to_write(const SourceEncoding& source) {
  Components components = source.jpeg_components;
  int horizontal_divisor = 0;  // of all of them, which are at least 1
  int vertical_divisor = 0;
  for (auto& component : components) {
    if (swaps_sides(source.orientation)) {
      std::swap(component.horizontal_sampling, component.vertical_sampling);
      const auto table = component.quantization;
      for (std::size_t i = 0; i < 64; ++i) component.quantization[i] = table[i % 8 * 8 + i / 8];
    }
    horizontal_divisor = std::gcd(horizontal_divisor, component.horizontal_sampling);
    vertical_divisor = std::gcd(vertical_divisor, component.vertical_sampling);
  }
  int blocks = 0;
  for (auto& component : components) {
    component.horizontal_sampling /= std::max(1, horizontal_divisor);
    component.vertical_sampling /= std::max(1, vertical_divisor);
    blocks += component.horizontal_sampling * component.vertical_sampling;
  }
  if (blocks > kMaxBlocksInMcu) {
    for (auto& component : components) component.horizontal_sampling = component.vertical_sampling = 1;
  }
  return components;
}

// Each different table once: libjpeg has room for four.
void set_quantization(jpeg_compress_struct& info, const Components& components) {
  for (std::size_t i = 0; i < components.size(); ++i) {
    std::size_t same = 0;
    while (components[same].quantization != components[i].quantization) ++same;
    const int slot = same < i ? info.comp_info[same].quant_tbl_no : static_cast<int>(i);
    info.comp_info[i].quant_tbl_no = slot;
    if (info.quant_tbl_ptrs[slot] == nullptr) {
      info.quant_tbl_ptrs[slot] = jpeg_alloc_quant_table(reinterpret_cast<j_common_ptr>(&info));
    }
    JQUANT_TBL& table = *info.quant_tbl_ptrs[slot];
    std::copy(components[i].quantization.begin(), components[i].quantization.end(), table.quantval);
    table.sent_table = FALSE;
  }
}

void set_sampling(jpeg_compress_struct& info, const Components& components) {
  for (std::size_t i = 0; i < components.size(); ++i) {
    info.comp_info[i].h_samp_factor = components[i].horizontal_sampling;
    info.comp_info[i].v_samp_factor = components[i].vertical_sampling;
  }
}

void configure(jpeg_compress_struct& info, const ImageView& pixels, const JpegEncoding& encoding,
               const Components& source_components) {
  const bool as_source = encoding.source != nullptr && !source_components.empty();
  info.image_width = static_cast<JDIMENSION>(pixels.width);
  info.image_height = static_cast<JDIMENSION>(pixels.height);
  info.input_components = pixels.layout.channels();
  const bool luma_chroma = !as_source || encoding.source->jpeg_luma_chroma;
  J_COLOR_SPACE written = JCS_GRAYSCALE;
  switch (pixels.layout.model) {
    case ColorModel::kGray: info.in_color_space = JCS_GRAYSCALE; break;
    case ColorModel::kRgb:
      info.in_color_space = JCS_RGB;
      written = luma_chroma ? JCS_YCbCr : JCS_RGB;
      break;
    case ColorModel::kCmyk:
      info.in_color_space = JCS_CMYK;
      written = luma_chroma ? JCS_YCCK : JCS_CMYK;
      break;
    case ColorModel::kYcc:
    case ColorModel::kChroma: break;  // never in a photo
  }
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, written);
  jpeg_set_quality(&info, encoding.quality.value_or(kDefaultQuality), TRUE);
  if (as_source) {
    set_sampling(info, source_components);
    if (!encoding.quality) set_quantization(info, source_components);
  } else if (encoding.quality.value_or(kDefaultQuality) >= kFullChromaQuality) {
    for (int i = 0; i < info.num_components; ++i) {
      info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
    }
  }
  if (as_source && encoding.source->jpeg_progressive) jpeg_simple_progression(&info);
}

// The profile goes behind the markers that libjpeg has just written, JFIF or Adobe.
void write_profile(jpeg_compress_struct& info, ByteView profile) {
  if (!profile.empty()) {
    jpeg_write_icc_profile(&info, profile.data(), static_cast<unsigned>(profile.size()));
  }
}

bool write_rows(Compressor& jpeg, const ImageView& pixels) {
  const bool cmyk = pixels.layout.model == ColorModel::kCmyk;
  Image inverted;
  if (cmyk) inverted = Image({pixels.width, kStripRows}, pixels.layout);
  for (int y = 0; y < pixels.height; y += kStripRows) {
    const int count = std::min(kStripRows, pixels.height - y);
    JSAMPROW pointers[kStripRows];
    for (int i = 0; i < count; ++i) {
      const std::uint8_t* row = pixels.row(y + i);
      if (cmyk) {
        std::copy(row, row + static_cast<std::size_t>(pixels.width) * 4, inverted.mutable_view().row(i));
        row = inverted.view().row(i);
      }
      pointers[i] = const_cast<JSAMPROW>(row);  // libjpeg only reads them
    }
    if (cmyk) invert(inverted.mutable_view().crop({0, 0, pixels.width, count}));
    const bool written = guarded(
        jpeg.errors, [&] { jpeg_write_scanlines(&jpeg.info, pointers, static_cast<JDIMENSION>(count)); });
    if (!written) return false;
  }
  return true;
}

}  // namespace

Result<PhotoHeader> read_jpeg_header(ByteView file, const Limits& limits) {
  Decompressor jpeg(file);
  if (auto read = read_header(jpeg, limits, file.size()); !read) return fail(read);
  PhotoHeader header;
  header.format = Format::kJpeg;
  header.orientation = read_jpeg_metadata(file).orientation;
  header.size = upright_size(stored_size(jpeg.info), header.orientation);
  header.channels = jpeg.info.num_components;
  return header;
}

Result<Photo> decode_jpeg(ByteView file, const Limits& limits) {
  Decompressor jpeg(file);
  if (auto read = read_header(jpeg, limits, file.size()); !read) return fail(read);
  const auto model = choose_color_model(jpeg.info);
  if (!model) return fail(model);
  if (auto started = jpeg.run([&] { jpeg_start_decompress(&jpeg.info); }); !started) return fail(started);

  const JpegMetadata metadata = read_jpeg_metadata(file);
  auto pixels = read_upright(jpeg, {*model, false, 1}, metadata.orientation);
  if (!pixels) return fail(pixels);
  auto source = source_encoding(jpeg.info);
  if (!source) return fail(source);
  // libjpeg forgets what is known of the coefficients when it has finished.
  const bool can_lack_an_end = jpeg::can_lack_an_end(jpeg.info);
  // Reads on to the end of the image, and so finds out whether there is one.
  if (auto ended = jpeg.run([&] { jpeg_finish_decompress(&jpeg.info); }); !ended) return fail(ended);
  if (jpeg.errors.end_is_missing && !can_lack_an_end) {
    return fail(ErrorCode::kDamagedPhoto, "The JPEG photo is truncated or damaged.");
  }

  Photo photo;
  photo.pixels = std::move(*pixels);
  photo.source = std::move(*source);
  photo.source.orientation = metadata.orientation;
  photo.icc_profile = usable_icc_profile(metadata.icc_profile, *model);
  return photo;
}

Result<Bytes> encode_jpeg(const ImageView& pixels, ByteView icc_profile, const JpegEncoding& encoding) {
  if (pixels.width > JPEG_MAX_DIMENSION || pixels.height > JPEG_MAX_DIMENSION) {
    return fail(ErrorCode::kUnsupportedPhoto, "The photo is too large for JPEG.");
  }
  Components components;
  if (encoding.source != nullptr &&
      encoding.source->jpeg_components.size() == static_cast<std::size_t>(pixels.layout.channels())) {
    components = components_to_write(*encoding.source);
  }
  // A quarter of a byte a pixel is what a photo of quality 85 needs.
  Compressor jpeg(std::size_t{4096} +
                  static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height) / 4);
  const bool started = guarded(jpeg.errors, [&] {
    configure(jpeg.info, pixels, encoding, components);
    jpeg_start_compress(&jpeg.info, TRUE);
    write_profile(jpeg.info, icc_profile);
  });
  if (!started || !write_rows(jpeg, pixels) ||
      !guarded(jpeg.errors, [&] { jpeg_finish_compress(&jpeg.info); })) {
    return tl::unexpected<Error>(to_error(jpeg.errors.code));
  }
  return std::move(jpeg.file);
}

}  // namespace face_privacy
