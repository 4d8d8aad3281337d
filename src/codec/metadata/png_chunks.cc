#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/byte_reader.h"
#include "codec/metadata/blocks.h"
#include "codec/png/chunks.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;
using Kind = MetadataKind;

// They make the picture, or say how to show it.
constexpr std::array kPlainPngChunks{"IHDR"sv, "PLTE"sv, "tRNS"sv, "IDAT"sv, "IEND"sv, "sRGB"sv,
                                     "gAMA"sv, "cHRM"sv, "cICP"sv, "pHYs"sv, "sBIT"sv, "bKGD"sv,
                                     "hIST"sv, "sPLT"sv, "mDCV"sv, "cLLI"sv};

constexpr uLong kMaxProfileBytes = uLong{4} << 20;

std::string_view keyword_of(ByteView data) {
  const std::string_view text = text_of(data);
  return text.substr(0, text.find('\0'));
}

// A keyword and its compressed profile. Empty where it does not unpack into the most that profiles have.
Bytes profile_of(ByteView data) {
  const std::size_t at = keyword_of(data).size() + 2;
  if (at >= data.size()) return {};
  Bytes profile(kMaxProfileBytes);
  uLongf size = kMaxProfileBytes;
  if (uncompress(profile.data(), &size, data.data() + at, static_cast<uLong>(data.size() - at)) != Z_OK)
    return {};
  profile.resize(size);
  return profile;
}

// The text of an uncompressed iTXt chunk: keyword, two flags, language, translated keyword, text.
ByteView international_text(ByteView data) {
  ByteReader reader(data);
  reader.skip(keyword_of(data).size() + 1);
  const bool compressed = reader.u8() != 0;
  reader.skip(1);
  for (int i = 0; i < 2; ++i) {
    const std::string_view rest = text_of(data.subspan(std::min(data.size(), reader.position())));
    reader.skip(std::min(rest.size(), rest.find('\0')) + 1);
  }
  return compressed || !reader.ok() ? ByteView() : reader.take_rest();
}

void add_text(const PngChunk& chunk, CarriedMetadata& metadata) {
  const std::string_view keyword = keyword_of(chunk.data);
  if (keyword == "XML:com.adobe.xmp") {
    metadata.kinds.add(Kind::kXmp);
    if (chunk.type == "iTXt"sv) add_xmp(international_text(chunk.data), metadata);
    return;
  }
  Kind kind = Kind::kComments;
  if (keyword == "Author" || keyword == "Copyright") kind = Kind::kOwner;
  if (keyword == "Creation Time" || keyword.starts_with("date:")) kind = Kind::kDate;
  if (keyword == "Software" || keyword == "Source") kind = Kind::kDevice;
  if (keyword == "Raw profile type iptc") kind = Kind::kIptc;
  if (keyword == "Raw profile type xmp") kind = Kind::kXmp;
  if (keyword == "Raw profile type exif") kind = Kind::kCameraSettings;
  metadata.kinds.add(kind);
}

void add_chunk(const PngChunk& chunk, CarriedMetadata& metadata) {
  const std::string_view type = chunk.type;
  if (std::find(kPlainPngChunks.begin(), kPlainPngChunks.end(), type) != kPlainPngChunks.end()) return;
  if (type == "iCCP"sv) return add_profile(profile_of(chunk.data), metadata);
  if (type == "eXIf"sv) return add_exif(chunk.data, metadata);
  if (type == "tEXt"sv || type == "zTXt"sv || type == "iTXt"sv) return add_text(chunk, metadata);
  if (type == "tIME"sv) return metadata.kinds.add(Kind::kDate);
  if (type == "caBX"sv) return metadata.kinds.add(Kind::kProvenance);
  if (type == "acTL"sv || type == "fcTL"sv || type == "fdAT"sv)
    return metadata.kinds.add(Kind::kExtraPictures);
  metadata.kinds.add(Kind::kOther);
}

}  // namespace

void add_png(ByteView file, CarriedMetadata& metadata) {
  if (file.size() < kPngSignatureBytes) return;
  PngChunks chunks(file);
  for (auto chunk = chunks.next(); chunk; chunk = chunks.next()) {
    add_chunk(*chunk, metadata);
    if (chunk->type != "IEND"sv) continue;
    const auto end = static_cast<std::size_t>(chunk->whole.data() + chunk->whole.size() - file.data());
    return add_trailer(file.subspan(end), metadata);
  }
}

}  // namespace face_privacy
