#include "codec/jpeg/metadata.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

#include "codec/shared/exif_orientation.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

// Markers, ITU-T T.81 table B.1.
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kApp1 = 0xE1;
constexpr std::uint8_t kApp2 = 0xE2;

// ICC.1:2022, B.4: the name, then the chunk's number from 1 and the number of chunks.
constexpr std::string_view kIccName = "ICC_PROFILE\0"sv;
constexpr std::size_t kIccPrefixBytes = 14;
constexpr std::size_t kMaxIccChunkBytes = 65535 - 2 - kIccPrefixBytes;

constexpr std::string_view kExifName = "Exif\0"sv;  // and a byte that browsers do not look at

bool starts_with(ByteView bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

// Chunks may come in any order; all of them must be there, once.
class IccAssembly {
 public:
  void add(ByteView payload) {
    const unsigned number = payload[kIccName.size()];
    const unsigned count = payload[kIccName.size() + 1];
    if (number == 0 || number > count || (count_ != 0 && count != count_) || !chunks_[number].empty()) {
      broken_ = true;
      return;
    }
    count_ = count;
    chunks_[number] = payload.subspan(kIccPrefixBytes);
  }

  Bytes profile() const {
    Bytes assembled;
    if (broken_) return assembled;
    for (unsigned number = 1; number <= count_; ++number) {
      if (chunks_[number].empty()) return {};
      assembled.insert(assembled.end(), chunks_[number].begin(), chunks_[number].end());
    }
    return assembled;
  }

 private:
  std::array<ByteView, 256> chunks_{};
  unsigned count_ = 0;
  bool broken_ = false;
};

}  // namespace

JpegMetadata read_jpeg_metadata(ByteView file) {
  JpegMetadata metadata;
  IccAssembly icc;
  bool exif_seen = false;
  std::size_t position = 2;
  while (position + 4 <= file.size()) {
    if (file[position] != 0xFF) {  // stray bytes between segments, which libjpeg skips as well
      ++position;
      continue;
    }
    const std::uint8_t marker = file[position + 1];
    if (marker == 0xFF || marker == 0 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      position += marker == 0xFF ? 1 : 2;  // fill bytes, and markers without a length
      continue;
    }
    if (marker == kStartOfScan || marker == kEndOfImage) break;
    const std::size_t length = std::size_t{file[position + 2]} << 8 | file[position + 3];
    if (length < 2 || length > file.size() - position - 2) break;
    const ByteView payload = file.subspan(position + 4, length - 2);
    if (marker == kApp1 && !exif_seen && starts_with(payload, kExifName)) {
      metadata.orientation = exif_orientation(payload);
      exif_seen = true;
    } else if (marker == kApp2 && payload.size() > kIccPrefixBytes && starts_with(payload, kIccName)) {
      icc.add(payload);
    }
    position += 2 + length;
  }
  metadata.icc_profile = icc.profile();
  return metadata;
}

void append_icc_segments(ByteView profile, Bytes& file) {
  const std::size_t count = (profile.size() + kMaxIccChunkBytes - 1) / kMaxIccChunkBytes;
  assert(count <= 255);
  for (std::size_t number = 1; number <= count; ++number) {
    const ByteView chunk =
        profile.subspan((number - 1) * kMaxIccChunkBytes)
            .first(std::min(kMaxIccChunkBytes, profile.size() - (number - 1) * kMaxIccChunkBytes));
    const std::size_t length = 2 + kIccPrefixBytes + chunk.size();
    file.insert(file.end(), {0xFF, kApp2, static_cast<std::uint8_t>(length >> 8),
                             static_cast<std::uint8_t>(length & 0xFF)});
    file.insert(file.end(), kIccName.begin(), kIccName.end());
    file.push_back(static_cast<std::uint8_t>(number));
    file.push_back(static_cast<std::uint8_t>(count));
    file.insert(file.end(), chunk.begin(), chunk.end());
  }
}

}  // namespace face_privacy
