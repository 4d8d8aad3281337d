// libjpeg has no call that takes or gives the blocks of a picture while it works on its pixels, but
// its entropy coders are pointers to functions, described in jpegint.h, that can be set to others
// once a pass has begun. Its coefficient arrays (jpeg_read_coefficients) hold whole pictures and
// cannot be turned into pixels.
//
// Errors leave libjpeg by longjmp; no frame between `guarded` and libjpeg owns anything.
#include "codec/jpeg_transform.h"

#include <cstdio>
// cstdio first: jpeglib.h needs FILE.
#include <jpeglib.h>
// jpeglib.h first: the others need its types.
#include <jerror.h>
#include <jpegint.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <new>

namespace face_privacy::jpeg {
namespace {

static_assert(sizeof(JBLOCK) == sizeof(Block) && sizeof(JCOEF) == sizeof(std::int16_t));

// Rows between libjpeg and the image at a time.
constexpr int kStripRows = 16;

struct ErrorManager {
  jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is a pointer to this
  std::jmp_buf escape;
  bool out_of_memory;
};

[[noreturn]] void give_up(j_common_ptr info) {
  auto* errors = reinterpret_cast<ErrorManager*>(info->err);
  errors->out_of_memory = info->err->msg_code == JERR_OUT_OF_MEMORY;
  std::longjmp(errors->escape, 1);
}

void ignore_message(j_common_ptr, int) {}

void set_up(ErrorManager& errors) {
  jpeg_std_error(&errors.base);
  errors.base.error_exit = give_up;
  errors.base.emit_message = ignore_message;
  errors.out_of_memory = false;
}

// False if libjpeg gave up on `step`, which must own nothing that has a destructor.
template <class Step>
bool guarded(ErrorManager& errors, const Step& step) {
  if (setjmp(errors.escape) != 0) {  // NOLINT(cert-err52-cpp): libjpeg knows no other way
    if (errors.out_of_memory) throw std::bad_alloc();
    return false;
  }
  step();
  return true;
}

struct Decompressor {
  Decompressor() {
    set_up(errors);
    info.err = &errors.base;
    if (!guarded(errors, [&] { jpeg_create_decompress(&info); })) throw std::bad_alloc();
  }
  ~Decompressor() { jpeg_destroy_decompress(&info); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  jpeg_decompress_struct info{};
  ErrorManager errors{};
};

boolean decode_mcu(j_decompress_ptr info, JBLOCKROW* blocks) {
  auto* const source = static_cast<BlockSource*>(info->client_data);
  // The blocks of an MCU lie one after the other.
  if (!source->next_mcu(blocks[0])) give_up(reinterpret_cast<j_common_ptr>(info));
  return TRUE;
}

struct Compressor {
  Compressor() {
    set_up(errors);
    info.err = &errors.base;
    if (!guarded(errors, [&] { jpeg_create_compress(&info); })) throw std::bad_alloc();
    // What libjpeg writes besides the blocks, headers, goes nowhere.
    destination.init_destination = [](j_compress_ptr) {};
    destination.empty_output_buffer = [](j_compress_ptr compress) {
      compress->dest->next_output_byte = static_cast<Compressor*>(compress->client_data)->discarded.data();
      compress->dest->free_in_buffer = static_cast<Compressor*>(compress->client_data)->discarded.size();
      return static_cast<boolean>(TRUE);
    };
    destination.term_destination = [](j_compress_ptr) {};
    destination.next_output_byte = discarded.data();
    destination.free_in_buffer = discarded.size();
    info.dest = &destination;
    info.client_data = this;
  }
  ~Compressor() { jpeg_destroy_compress(&info); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  jpeg_compress_struct info{};
  ErrorManager errors{};
  jpeg_destination_mgr destination{};
  std::array<JOCTET, 1024> discarded{};
  BlockSink* sink = nullptr;
};

boolean encode_mcu(j_compress_ptr info, JBLOCKROW* blocks) {
  if (!static_cast<Compressor*>(info->client_data)->sink->next_mcu(blocks[0])) {
    give_up(reinterpret_cast<j_common_ptr>(info));
  }
  return TRUE;
}

void configure(jpeg_compress_struct& info, const ImageView& pixels, const Layout& layout) {
  info.image_width = static_cast<JDIMENSION>(pixels.width);
  info.image_height = static_cast<JDIMENSION>(pixels.height);
  info.input_components = pixels.layout.channels();
  info.in_color_space = layout.colour == Colour::kGray ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  switch (layout.colour) {
    case Colour::kGray: jpeg_set_colorspace(&info, JCS_GRAYSCALE); break;
    case Colour::kYcc: jpeg_set_colorspace(&info, JCS_YCbCr); break;
    case Colour::kRgb: jpeg_set_colorspace(&info, JCS_RGB); break;
  }
  for (int i = 0; i < layout.component_count; ++i) {
    const Component& component = layout.components[i];
    info.comp_info[i].h_samp_factor = component.horizontal_sampling;
    info.comp_info[i].v_samp_factor = component.vertical_sampling;
    info.comp_info[i].quant_tbl_no = component.quant_slot;
    JQUANT_TBL*& table = info.quant_tbl_ptrs[component.quant_slot];
    if (table == nullptr) table = jpeg_alloc_quant_table(reinterpret_cast<j_common_ptr>(&info));
    for (std::size_t n = 0; n < 64; ++n) {
      table->quantval[kNaturalOrder[n]] = layout.quant[component.quant_slot].zigzag[n];
    }
  }
}

}  // namespace

std::optional<Image> pixels_from_blocks(const Layout& layout, const Rect& wanted, BlockSource& source) {
  Layout plain = layout;
  plain.restart_interval = 0;
  plain.icc_profile.clear();
  Bytes headers;
  append_headers(headers, plain);
  const bool gray = layout.colour == Colour::kGray;
  Image image({wanted.width, wanted.height}, gray ? kGray8 : kRgb8);
  Image strip({layout.size.width, kStripRows}, image.layout());

  Decompressor jpeg;
  jpeg_decompress_struct& info = jpeg.info;
  const bool started = guarded(jpeg.errors, [&] {
    jpeg_mem_src(&info, headers.data(), headers.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    info.client_data = &source;
    info.entropy->decode_mcu = decode_mcu;
  });
  if (!started) return std::nullopt;
  std::array<JSAMPROW, kStripRows> rows{};
  const MutableImageView view = image.mutable_view();
  const MutableImageView strip_view = strip.mutable_view();
  const bool whole_rows = wanted.width == layout.size.width;
  const std::size_t left =
      static_cast<std::size_t>(wanted.x) * static_cast<std::size_t>(image.layout().bytes_per_pixel());
  for (int y = 0; y < wanted.bottom();) {
    for (int i = 0; i < kStripRows; ++i) {
      const int target = y + i - wanted.y;
      rows[i] = whole_rows && target >= 0 && target < view.height ? view.row(target) : strip_view.row(i);
    }
    JDIMENSION read = 0;
    if (!guarded(jpeg.errors, [&] { read = jpeg_read_scanlines(&info, rows.data(), kStripRows); }))
      return std::nullopt;
    if (read == 0) return std::nullopt;
    for (int i = 0; i < static_cast<int>(read); ++i, ++y) {
      if (whole_rows || y < wanted.y || y >= wanted.bottom()) continue;
      std::memcpy(view.row(y - wanted.y), rows[i] + left, image.stride_bytes());
    }
  }
  return image;
}

bool blocks_from_pixels(const ImageView& pixels, const Layout& layout, BlockSink& sink) {
  Compressor jpeg;
  jpeg.sink = &sink;
  jpeg_compress_struct& info = jpeg.info;
  const bool started = guarded(jpeg.errors, [&] {
    configure(info, pixels, layout);
    jpeg_start_compress(&info, TRUE);
    info.entropy->encode_mcu = encode_mcu;
  });
  if (!started) return false;
  std::array<JSAMPROW, kStripRows> rows{};
  for (int y = 0; y < pixels.height;) {
    const int count = std::min(kStripRows, pixels.height - y);
    for (int i = 0; i < count; ++i)
      rows[i] = const_cast<JSAMPROW>(pixels.row(y + i));  // libjpeg only reads them
    JDIMENSION written = 0;
    if (!guarded(jpeg.errors, [&] {
          written = jpeg_write_scanlines(&info, rows.data(), static_cast<JDIMENSION>(count));
        })) {
      return false;
    }
    y += static_cast<int>(written);
  }
  return true;
}

}  // namespace face_privacy::jpeg
