#include "codec/shared/format.h"

#include <algorithm>
#include <array>
#include <string>

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

std::string_view text_at(ByteView file, std::size_t offset, std::size_t length) {
  if (offset > file.size() || file.size() - offset < length) return {};
  return {reinterpret_cast<const char*>(file.data()) + offset, length};
}

// An ISO base media file names its brands in the box `ftyp`. HEIF's general brand "mif1" may come
// first in a file of either kind, so a brand that names AV1 anywhere decides (AVIF, section 6.1).
std::optional<Format> sniff_heif(ByteView file) {
  if (text_at(file, 4, 4) != "ftyp"sv) return {};
  const std::size_t box_bytes = std::size_t{file[0]} << 24 | file[1] << 16 | file[2] << 8 | file[3];
  const std::size_t end = std::min(box_bytes, file.size());
  constexpr std::array kHeicBrands{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv,
                                   "hevx"sv, "hevm"sv, "hevs"sv, "mif1"sv, "msf1"sv};
  bool heic = false;
  for (std::size_t offset = 8; offset + 4 <= end; offset += 4) {
    if (offset == 12) continue;  // the minor version
    const auto brand = text_at(file, offset, 4);
    if (brand == "avif"sv || brand == "avis"sv) return Format::kAvif;
    heic = heic || std::find(kHeicBrands.begin(), kHeicBrands.end(), brand) != kHeicBrands.end();
  }
  if (heic) return Format::kHeic;
  return {};
}

struct FormatNames {
  std::string_view name;
  std::string_view media_type;
  std::string_view extension;
};

FormatNames names_of(Format format) {
  switch (format) {
    case Format::kJpeg: return {"jpeg", "image/jpeg", ".jpg"};
    case Format::kPng: return {"png", "image/png", ".png"};
    case Format::kWebp: return {"webp", "image/webp", ".webp"};
    case Format::kAvif: return {"avif", "image/avif", ".avif"};
    case Format::kHeic: return {"heic", "image/heic", ".heic"};
    case Format::kTiff: return {"tiff", "image/tiff", ".tiff"};
    case Format::kGif: return {"gif", "image/gif", ".gif"};
  }
  return {};
}

}  // namespace

std::optional<Format> sniff_format(ByteView file) {
  const auto starts_with = [&](std::string_view magic) { return text_at(file, 0, magic.size()) == magic; };
  if (starts_with("\xFF\xD8\xFF"sv)) return Format::kJpeg;
  if (starts_with("\x89PNG\r\n\x1A\n"sv)) return Format::kPng;
  if (starts_with("GIF87a"sv) || starts_with("GIF89a"sv)) return Format::kGif;
  if (starts_with("RIFF"sv) && text_at(file, 8, 4) == "WEBP"sv) return Format::kWebp;
  // Classic TIFF has version 42, BigTIFF 43.
  if (starts_with("II*\0"sv) || starts_with("MM\0*"sv) || starts_with("II+\0"sv) || starts_with("MM\0+"sv)) {
    return Format::kTiff;
  }
  return sniff_heif(file);
}

std::string_view name_of(Format format) { return names_of(format).name; }
std::string_view media_type_of(Format format) { return names_of(format).media_type; }
std::string_view extension_of(Format format) { return names_of(format).extension; }

std::uint64_t PhotoHeader::pixels() const {
  return static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height) *
         static_cast<std::uint64_t>(frame_count);
}

std::optional<Format> format_from_name(std::string_view name) {
  if (name == "jpg") return Format::kJpeg;
  if (name == "tif") return Format::kTiff;
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp, Format::kAvif, Format::kHeic,
                              Format::kTiff, Format::kGif}) {
    if (name == name_of(format)) return format;
  }
  return {};
}

std::optional<Format> format_from_extension(std::string_view extension) {
  struct Extension {
    std::string_view name;
    Format format;
  };
  static constexpr std::array kExtensions{
      Extension{".jpg", Format::kJpeg},  Extension{".jpeg", Format::kJpeg}, Extension{".jpe", Format::kJpeg},
      Extension{".jfif", Format::kJpeg}, Extension{".png", Format::kPng},   Extension{".webp", Format::kWebp},
      Extension{".avif", Format::kAvif}, Extension{".heic", Format::kHeic}, Extension{".heif", Format::kHeic},
      Extension{".hif", Format::kHeic},  Extension{".tif", Format::kTiff},  Extension{".tiff", Format::kTiff},
      Extension{".gif", Format::kGif}};
  const auto same_letter = [](char a, char b) { return (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b) == a; };
  for (const Extension& known : kExtensions) {
    if (std::equal(known.name.begin(), known.name.end(), extension.begin(), extension.end(), same_letter)) {
      return known.format;
    }
  }
  return {};
}

Format output_format(Format source, const EncodeOptions& options) {
  if (options.format) return *options.format;
  return source == Format::kHeic ? Format::kJpeg : source;
}

}  // namespace face_privacy
