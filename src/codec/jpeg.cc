// libjpeg reports errors by longjmp, which skips destructors. Here is how that stays safe: every
// call into libjpeg runs in a lambda given to `guarded`, such a lambda owns nothing that has a
// destructor, and the structs of libjpeg belong to objects outside of it.
#include "codec/jpeg.h"

#include <jpeglib.h>
// jpeglib.h first: the others need its types.
#include <jerror.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <new>
#include <numeric>
#include <string>

#include "codec/icc_profile.h"
#include "codec/jpeg_metadata.h"
#include "codec/orientation.h"
#include "codec/size_check.h"

namespace face_privacy {
namespace {

// A progressive file may go over its pixels in as many scans as it likes, each of a few bytes.
// Encoders use about 10; libjpeg-turbo's and libvips' guards stand at 100 as well.
constexpr int kMaxScans = 100;

constexpr int kDefaultQuality = 92;
// From here on colour is worth its full resolution (libvips does the same).
constexpr int kFullChromaQuality = 90;

// Rows decoded at a time: one row of MCUs at the usual sampling.
constexpr int kStripRows = 16;

// libjpeg's coded blocks in one MCU, T.81 B.2.3.
constexpr int kMaxBlocksInMcu = 10;

struct ErrorManager {
  jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is a pointer to this
  std::jmp_buf escape;
  int code;  // libjpeg's, of the error that ended the work
};

[[noreturn]] void give_up(j_common_ptr info) {
  auto* errors = reinterpret_cast<ErrorManager*>(info->err);
  errors->code = info->err->msg_code;
  std::longjmp(errors->escape, 1);
}

// libjpeg calls it a warning where it goes on with guessed pixels. All of these are damage but the
// ones here, which cost no pixel and which files of real cameras and editors have: stray bytes
// before a marker, an unknown version number or colour transform, odd scan parameters, an
// incomplete profile.
bool is_harmless(int warning) {
  switch (warning) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_BOGUS_ICC: return true;
    default: return false;
  }
}

void judge_message(j_common_ptr info, int level) {
  if (level < 0 && !is_harmless(info->err->msg_code)) give_up(info);
}

void print_nothing(j_common_ptr) {}

void set_up(ErrorManager& errors) {
  jpeg_std_error(&errors.base);
  errors.base.error_exit = give_up;
  errors.base.emit_message = judge_message;
  errors.base.output_message = print_nothing;
  errors.code = 0;
}

// False if libjpeg gave up on `step`, which must own nothing that has a destructor.
template <class Step>
bool guarded(ErrorManager& errors, const Step& step) {
  if (setjmp(errors.escape) != 0) return false;  // NOLINT(cert-err52-cpp): libjpeg knows no other way
  step();
  return true;
}

Error to_error(int code) {
  switch (code) {
    case JERR_OUT_OF_MEMORY: throw std::bad_alloc();
    case JERR_IMAGE_TOO_BIG: return {ErrorCode::kTooManyPixels, "The photo has too many pixels."};
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_COMPONENT_COUNT:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
      return {ErrorCode::kUnsupportedPhoto, "The photo is a JPEG of a kind that is not supported."};
    default: return {ErrorCode::kDamagedPhoto, "The JPEG photo is truncated or damaged."};
  }
}

// --- reading

class Decompressor {
 public:
  explicit Decompressor(ByteView file) {
    set_up(errors);
    info.err = &errors.base;
    created_ = guarded(errors, [&] {
      jpeg_create_decompress(&info);
      jpeg_mem_src(&info, file.data(), file.size());
    });
    progress_.progress_monitor = [](j_common_ptr common) {
      auto* decompress = reinterpret_cast<j_decompress_ptr>(common);
      if (decompress->input_scan_number > kMaxScans) {
        common->err->msg_code = JERR_BAD_PROGRESSION;
        give_up(common);
      }
    };
    if (created_) info.progress = &progress_;
  }
  ~Decompressor() { jpeg_destroy_decompress(&info); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Runs a step; kDamagedPhoto and the like if libjpeg gives up.
  template <class Step>
  Result<void> run(const Step& step) {
    if (!created_ || !guarded(errors, step)) return tl::unexpected<Error>(to_error(errors.code));
    return {};
  }

  jpeg_decompress_struct info{};
  ErrorManager errors{};

 private:
  jpeg_progress_mgr progress_{};
  bool created_ = false;
};

Size stored_size(const jpeg_decompress_struct& info) {
  return {static_cast<int>(info.image_width), static_cast<int>(info.image_height)};
}

// The fewest bits that a whole scan of this many blocks can have: a Huffman code has at least one
// bit, a sequential block has a code for DC and one that ends it, a progressive one may end many at
// once. So a short file with a huge size in its header is known to be truncated from the header.
bool can_be_complete(const jpeg_decompress_struct& info, std::size_t file_bytes) {
  if (info.arith_code) return true;
  std::uint64_t blocks = 0;
  for (int i = 0; i < info.num_components; ++i) {
    blocks += std::uint64_t{info.comp_info[i].width_in_blocks} * info.comp_info[i].height_in_blocks;
  }
  const std::uint64_t bits_per_block = info.progressive_mode ? 1 : 2;
  return blocks * bits_per_block <= std::uint64_t{file_bytes} * 8;
}

Result<void> read_header(Decompressor& jpeg, const Limits& limits, std::size_t file_bytes) {
  auto read = jpeg.run([&] { jpeg_read_header(&jpeg.info, TRUE); });
  if (!read) return read;
  if (auto fits = check_size(jpeg.info.image_width, jpeg.info.image_height, 1, limits); !fits) return fits;
  if (!can_be_complete(jpeg.info, file_bytes)) {
    return fail(ErrorCode::kDamagedPhoto, "The JPEG photo is truncated or damaged.");
  }
  return {};
}

// What libjpeg is to make of the file's colours: the model of the picture's pixels.
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

// Adobe stores CMYK as light, not as ink; everybody else follows where its marker is.
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
  if (jpeg.info.out_color_space == JCS_CMYK && jpeg.info.saw_Adobe_marker) invert(rows);
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
      return fail(ErrorCode::kDamagedPhoto, "The JPEG photo has a quantisation table with a zero.");
    }
  }
  return source;
}

// --- writing

// Collects the file. A growing vector must not throw through libjpeg's C frames.
struct Destination {
  jpeg_destination_mgr base;  // first, so that libjpeg's pointer to it is a pointer to this
  Bytes* file;

  static Destination& of(j_compress_ptr info) { return *reinterpret_cast<Destination*>(info->dest); }

  bool grow_to(std::size_t bytes) noexcept {
    const std::size_t used = file->size();
    try {
      file->resize(bytes);
    } catch (const std::bad_alloc&) {
      return false;
    }
    base.next_output_byte = file->data() + used;
    base.free_in_buffer = file->size() - used;
    return true;
  }
};

void start_destination(j_compress_ptr) {}

boolean grow_destination(j_compress_ptr info) {
  Destination& destination = Destination::of(info);
  if (!destination.grow_to(destination.file->size() * 2)) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  return TRUE;
}

void finish_destination(j_compress_ptr info) {
  Destination& destination = Destination::of(info);
  destination.file->resize(destination.file->size() - destination.base.free_in_buffer);  // never grows
}

class Compressor {
 public:
  explicit Compressor(std::size_t expected_bytes) {
    set_up(errors);
    info.err = &errors.base;
    destination_.file = &file;
    destination_.base.init_destination = start_destination;
    destination_.base.empty_output_buffer = grow_destination;
    destination_.base.term_destination = finish_destination;
    if (!destination_.grow_to(expected_bytes)) throw std::bad_alloc();
    if (!guarded(errors, [&] { jpeg_create_compress(&info); })) throw std::bad_alloc();
    info.dest = &destination_.base;
  }
  ~Compressor() { jpeg_destroy_compress(&info); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  jpeg_compress_struct info{};
  ErrorManager errors{};
  Bytes file;

 private:
  Destination destination_{};
};

using Components = std::vector<SourceEncoding::JpegComponent>;

// The components as they are to be written: turned with the picture, and with sampling factors
// that one interleaved scan can hold. Files whose scans are apart may have larger ones.
Components components_to_write(const SourceEncoding& source) {
  Components components = source.jpeg_components;
  int horizontal_divisor = 0;
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
    component.horizontal_sampling /= horizontal_divisor;
    component.vertical_sampling /= vertical_divisor;
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
  const bool as_source = !source_components.empty();
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
  // Reads on to the end of the image, and so finds out whether there is one.
  if (auto ended = jpeg.run([&] { jpeg_finish_decompress(&jpeg.info); }); !ended) return fail(ended);

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
