#include "codec/metadata/keep.h"

#include <algorithm>
#include <string_view>

#include "codec/heif/metadata.h"
#include "codec/jpeg/metadata.h"
#include "codec/metadata/kept_exif.h"
#include "codec/metadata/kept_panorama.h"
#include "codec/metadata/kept_tiff.h"
#include "codec/png/chunks.h"
#include "codec/shared/orientation.h"
#include "codec/webp/webp.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

void append_text(std::string_view text, Bytes& bytes) { bytes.insert(bytes.end(), text.begin(), text.end()); }

void append_app1(std::string_view name, const Bytes& block, Bytes& file) {
  if (block.empty()) return;
  const std::size_t length = 2 + name.size() + block.size();
  file.insert(file.end(),
              {0xFF, 0xE1, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length & 0xFF)});
  append_text(name, file);
  file.insert(file.end(), block.begin(), block.end());
}

// A turned JPEG that could not be edited upright says by EXIF of its own how it lies, and nothing else.
std::size_t own_exif_bytes(ByteView rest) {
  constexpr std::string_view kName = "Exif\0\0"sv;
  if (rest.size() < 10 || rest[0] != 0xFF || rest[1] != 0xE1) return 0;
  const std::string_view name{reinterpret_cast<const char*>(rest.data()) + 4, kName.size()};
  return name == kName ? std::min<std::size_t>(rest.size(), 2U + (rest[2] << 8 | rest[3])) : 0;
}

// Behind JFIF's segment, which must be the first.
Bytes jpeg_with(const Bytes& file, const Bytes& exif, const Bytes& xmp) {
  std::size_t head = 2;
  if (file.size() > 6 && file[2] == 0xFF && file[3] == 0xE0) head += 2U + (file[4] << 8 | file[5]);
  Bytes result(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(head));
  result.reserve(file.size() + exif.size() + xmp.size() + 100);
  append_app1("Exif\0\0"sv, exif, result);
  append_app1("http://ns.adobe.com/xap/1.0/\0"sv, xmp, result);
  if (!exif.empty()) head += own_exif_bytes(ByteView(file).subspan(head));
  result.insert(result.end(), file.begin() + static_cast<std::ptrdiff_t>(head), file.end());
  return result;
}

// Behind the header's chunk, before the pixels.
Bytes png_with(const Bytes& file, const Bytes& exif, const Bytes& xmp) {
  constexpr std::ptrdiff_t kHeaderEnd = kPngSignatureBytes + 25;
  Bytes result(file.begin(), file.begin() + kHeaderEnd);
  if (!exif.empty()) append_png_chunk("eXIf", exif, result);
  if (!xmp.empty()) {
    Bytes text;
    append_text("XML:com.adobe.xmp\0\0\0\0\0"sv, text);
    text.insert(text.end(), xmp.begin(), xmp.end());
    append_png_chunk("iTXt", text, result);
  }
  result.insert(result.end(), file.begin() + kHeaderEnd, file.end());
  return result;
}

// Before the trailer, in the extension that Adobe names for it: the packet as it is, and then bytes that lead
// who reads it as a row of blocks to its end.
Bytes gif_with(Bytes file, const Bytes& xmp) {
  if (xmp.empty() || file.empty()) return file;
  const std::uint8_t trailer = file.back();
  file.pop_back();
  append_text("\x21\xFF\x0BXMP DataXMP"sv, file);
  file.insert(file.end(), xmp.begin(), xmp.end());
  file.push_back(1);
  for (int length = 255; length >= 0; --length) file.push_back(static_cast<std::uint8_t>(length));
  file.push_back(0);
  file.push_back(trailer);
  return file;
}

}  // namespace

Bytes with_kept_metadata(Bytes file, Format format, Size written, const CarriedMetadata& metadata) {
  const int orientation = format == Format::kJpeg ? read_jpeg_metadata(file).orientation : 1;
  const Bytes exif = kept_exif(metadata.exif, upright_size(written, orientation), orientation);
  const Bytes xmp = kept_panorama(metadata.xmp);
  if (exif.empty() && xmp.empty()) return file;
  switch (format) {
    case Format::kJpeg: return jpeg_with(file, exif, xmp);
    case Format::kPng: return png_with(file, exif, xmp);
    case Format::kWebp: return with_webp_metadata(file, exif, xmp);
    case Format::kAvif: return with_heif_metadata(std::move(file), exif, xmp);
    case Format::kTiff: return with_tiff_metadata(std::move(file), exif, xmp);
    case Format::kGif: return gif_with(std::move(file), xmp);
    case Format::kHeic: break;  // is not written
  }
  return file;
}

}  // namespace face_privacy
