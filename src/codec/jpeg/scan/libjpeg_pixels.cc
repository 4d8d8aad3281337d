// libjpeg has no call that takes the blocks of a picture and makes its pixels, but its entropy decoder
// is a pointer to a function, described in jpegint.h, that can be set to another once a pass has
// begun. Its coefficient arrays (jpeg_read_coefficients) cannot be turned into pixels.
//
// Errors leave libjpeg by longjmp; no frame between `guarded` and libjpeg owns anything.
#include "codec/jpeg/scan/libjpeg_pixels.h"

#include <cstdio>
// cstdio first: jpeglib.h needs FILE.
#include <jpeglib.h>
// jpeglib.h first: the others need its types.
#include <jerror.h>
#include <jpegint.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <new>

namespace face_privacy::jpeg {
namespace {

static_assert(sizeof(JBLOCK) == sizeof(Block) && sizeof(JCOEF) == sizeof(std::int16_t));

constexpr int kRowsAtATime = 16;

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

}  // namespace

std::optional<Image> pixels_from_blocks(const Layout& layout, BlockSource& source) {
  Layout plain = layout;
  plain.restart_interval = 0;
  plain.icc_profile.clear();
  Bytes headers;
  append_headers(headers, plain);
  const bool gray = layout.color == ComponentColors::kGray;
  Image image(layout.size, gray ? kGray8 : kRgb8);

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
  std::array<JSAMPROW, kRowsAtATime> rows{};
  const MutableImageView view = image.mutable_view();
  for (int y = 0; y < view.height;) {
    const int count = std::min(kRowsAtATime, view.height - y);
    for (int i = 0; i < count; ++i) rows[i] = view.row(y + i);
    JDIMENSION read = 0;
    if (!guarded(jpeg.errors,
                 [&] { read = jpeg_read_scanlines(&info, rows.data(), static_cast<JDIMENSION>(count)); })) {
      return std::nullopt;
    }
    if (read == 0) return std::nullopt;
    y += static_cast<int>(read);
  }
  return image;
}

}  // namespace face_privacy::jpeg
