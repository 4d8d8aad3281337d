#include "codec/jpeg/libjpeg.h"

// jpeglib.h first: it needs its types.
#include <jerror.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <new>

#include "codec/shared/size_check.h"

namespace face_privacy::jpeg {
namespace {

// A progressive file may go over its pixels in as many scans as it likes, each of a few bytes.
// Encoders use about 10; libjpeg-turbo's and libvips' guards stand at 100 as well.
constexpr int kMaxScans = 100;

// Blocks that all scans together go over. A byte can hold thousands of blocks of a progressive scan, and
// arithmetic coding as many as it likes, in which each of 64 coefficients takes its time. 256 MP with ten
// scans have 32 million; arithmetic-coded photos are rare, and 12 MP with ten scans have 1.5 million.
constexpr std::uint64_t kMaxBlocks = 64'000'000;
constexpr std::uint64_t kMaxArithmeticBlocks = 2'000'000;

constexpr int kTooManyBlocks = -1;  // no code of libjpeg's

[[noreturn]] void give_up(j_common_ptr info) {
  auto* errors = reinterpret_cast<ErrorManager*>(info->err);
  errors->code = info->err->msg_code;
  std::longjmp(errors->escape, 1);
}

// libjpeg calls it a warning where it goes on with guessed pixels. All of these are damage but the
// ones here, which cost no pixel and which files of real cameras and editors have: stray bytes
// before a marker, an unknown version number or color transform, odd scan parameters, an
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
  if (level >= 0) return;
  if (info->err->msg_code == JWRN_JPEG_EOF) {
    reinterpret_cast<ErrorManager*>(info->err)->end_is_missing = true;
    return;
  }
  if (!is_harmless(info->err->msg_code)) give_up(info);
  ++info->err->num_warnings;
}

void print_nothing(j_common_ptr) {}

// Called before each row of MCUs.
void watch_scans(j_common_ptr common) {
  auto* decompress = reinterpret_cast<j_decompress_ptr>(common);
  auto* errors = reinterpret_cast<ErrorManager*>(common->err);
  if (decompress->input_scan_number == errors->scans_seen) return;
  errors->scans_seen = decompress->input_scan_number;
  for (int i = 0; i < decompress->comps_in_scan; ++i) {
    const jpeg_component_info& component = *decompress->cur_comp_info[i];
    errors->blocks_seen += std::uint64_t{component.width_in_blocks} * component.height_in_blocks;
  }
  const std::uint64_t most = decompress->arith_code ? kMaxArithmeticBlocks : kMaxBlocks;
  if (errors->scans_seen > kMaxScans || errors->blocks_seen > most) {
    errors->base.msg_code = kTooManyBlocks;
    give_up(common);
  }
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

}  // namespace

void set_up(ErrorManager& errors) {
  jpeg_std_error(&errors.base);
  errors.base.error_exit = give_up;
  errors.base.emit_message = judge_message;
  errors.base.output_message = print_nothing;
  errors.code = 0;
  errors.end_is_missing = false;
  errors.scans_seen = 0;
  errors.blocks_seen = 0;
}

Error to_error(int code) {
  switch (code) {
    case kTooManyBlocks: return {ErrorCode::kTooCostly, "The JPEG photo has too many scans for its size."};
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

Decompressor::Decompressor(ByteView file) {
  set_up(errors);
  info.err = &errors.base;
  created_ = guarded(errors, [&] {
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, file.data(), file.size());
  });
  progress_.progress_monitor = watch_scans;
  if (created_) info.progress = &progress_;
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

bool is_fully_known(const jpeg_decompress_struct& info) {
  // Its quantizers are set when a component's first scan begins.
  const bool each_has_a_scan =
      std::all_of(info.comp_info, info.comp_info + info.num_components,
                  [](const jpeg_component_info& component) { return component.quant_table != nullptr; });
  if (!each_has_a_scan) return false;
  if (info.coef_bits == nullptr) return true;  // not progressive
  return std::all_of(info.coef_bits, info.coef_bits + info.num_components, [](const auto& bits) {
    return std::all_of(std::begin(bits), std::end(bits), [](int missing) { return missing == 0; });
  });
}

bool can_lack_an_end(const jpeg_decompress_struct& info) { return !info.arith_code && is_fully_known(info); }

bool Compressor::Destination::grow_to(std::size_t bytes) noexcept {
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

boolean Compressor::grow(j_compress_ptr info) {
  Destination& destination = destination_of(info);
  if (!destination.grow_to(destination.file->size() * 2)) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  return TRUE;
}

void Compressor::finish(j_compress_ptr info) {
  Destination& destination = destination_of(info);
  destination.file->resize(destination.file->size() - destination.base.free_in_buffer);  // never grows
}

Compressor::Compressor(std::size_t expected_bytes) {
  set_up(errors);
  info.err = &errors.base;
  destination_.file = &file;
  destination_.base.init_destination = [](j_compress_ptr) {};
  destination_.base.empty_output_buffer = grow;
  destination_.base.term_destination = finish;
  if (!destination_.grow_to(expected_bytes)) throw std::bad_alloc();
  if (!guarded(errors, [&] { jpeg_create_compress(&info); })) throw std::bad_alloc();
  info.dest = &destination_.base;
}

}  // namespace face_privacy::jpeg
