// libjpeg reports errors by longjmp, which skips destructors. Here is how that stays safe: every
// call into libjpeg runs in a lambda given to `guarded`, such a lambda owns nothing that has a
// destructor, and the structs of libjpeg belong to objects outside of it.
#pragma once

#include <cstdio>
// cstdio first: jpeglib.h needs FILE.
#include <jpeglib.h>

#include <csetjmp>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

namespace face_privacy::jpeg {

struct ErrorManager {
  jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is a pointer to this
  std::jmp_buf escape;
  int code;  // libjpeg's, of the error that ended the work
  // The bytes ended before EOI. Pixels that lie behind the end are damage, which libjpeg tells apart where
  // `can_lack_an_end` says so.
  bool end_is_missing;
  int scans_seen;
  std::uint64_t blocks_seen;  // of all scans
};

// Damage ends the work, and so do the warnings that stand for damage.
void set_up(ErrorManager& errors);

// False if libjpeg gave up on `step`, which must own nothing that has a destructor.
template <class Step>
bool guarded(ErrorManager& errors, const Step& step) {
  if (setjmp(errors.escape) != 0) return false;  // NOLINT(cert-err52-cpp): libjpeg knows no other way
  step();
  return true;
}

Error to_error(int code);

class Decompressor {
 public:
  explicit Decompressor(ByteView file);
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

// Checks the limits as well, and whether the file is long enough to be complete.
Result<void> read_header(Decompressor& jpeg, const Limits& limits, std::size_t file_bytes);

// Whether every component has been read, and of a progressive file every coefficient to its last bit.
bool is_fully_known(const jpeg_decompress_struct& info);

// Whether a file that has been read and has no EOI has all its pixels. Scans of a progressive file may be
// missing without a word, and so may anything of an arithmetic-coded one.
bool can_lack_an_end(const jpeg_decompress_struct& info);

// Writes to `file`.
class Compressor {
 public:
  explicit Compressor(std::size_t expected_bytes);
  ~Compressor() { jpeg_destroy_compress(&info); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  jpeg_compress_struct info{};
  ErrorManager errors{};
  Bytes file;

 private:
  // Collects the file. A growing vector must not throw through libjpeg's C frames.
  struct Destination {
    jpeg_destination_mgr base;  // first, so that libjpeg's pointer to it is a pointer to this
    Bytes* file;

    bool grow_to(std::size_t bytes) noexcept;
  };
  static Destination& destination_of(j_compress_ptr info) {
    return *reinterpret_cast<Destination*>(info->dest);
  }
  static boolean grow(j_compress_ptr info);
  static void finish(j_compress_ptr info);

  Destination destination_{};
};

}  // namespace face_privacy::jpeg
