#include "codec/jpeg/one_scan.h"

#include "codec/jpeg/libjpeg.h"
#include "codec/shared/format.h"

namespace face_privacy::jpeg {
namespace {

bool is_of_this_kind(const jpeg_decompress_struct& info) {
  const bool coded_otherwise =
      info.progressive_mode != FALSE || info.arith_code != FALSE || info.comps_in_scan < info.num_components;
  return coded_otherwise && info.data_precision == 8 &&
         (info.num_components == 1 || info.num_components == 3);
}

}  // namespace

std::optional<Bytes> as_one_scan(ByteView file, const Limits& limits) {
  if (file.size() > limits.max_bytes || sniff_format(file) != Format::kJpeg) return std::nullopt;
  Decompressor source(file);
  if (!read_header(source, limits, file.size()) || !is_of_this_kind(source.info)) return std::nullopt;
  jvirt_barray_ptr* coefficients = nullptr;
  // To the end of the image.
  if (!source.run([&] { coefficients = jpeg_read_coefficients(&source.info); })) return std::nullopt;
  // Harmless as they are, warnings make a file odd, and odd ones are the general path's.
  if (source.errors.base.num_warnings > 0 || !is_fully_known(source.info)) return std::nullopt;
  if (source.errors.end_is_missing && !can_lack_an_end(source.info)) return std::nullopt;

  Compressor target(file.size() + file.size() / 8 + 4096);
  const bool written = guarded(target.errors, [&] {
    jpeg_copy_critical_parameters(&source.info, &target.info);
    target.info.optimize_coding = TRUE;  // as small as the source nearly, where the usual tables are not
    jpeg_write_coefficients(&target.info, coefficients);
    jpeg_finish_compress(&target.info);
  });
  if (!written) return std::nullopt;
  return std::move(target.file);
}

}  // namespace face_privacy::jpeg
