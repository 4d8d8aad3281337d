#include "codec/png/chunks.h"

#include <zlib.h>

#include <algorithm>

#include "codec/shared/big_endian.h"

namespace face_privacy {
namespace {

constexpr std::size_t kChecksumBytes = 4;

std::uint32_t checksum(ByteView bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
}

}  // namespace

Result<PngChunk> PngChunks::next() {
  const auto damaged = [] {
    return fail(ErrorCode::kDamagedPhoto, "The PNG photo is truncated or damaged.");
  };
  const std::size_t begin = reader_.position();
  const std::uint32_t length = reader_.u32();
  PngChunk chunk;
  chunk.type = reader_.text(4);
  chunk.data = reader_.take(length);
  reader_.skip(kChecksumBytes);
  if (!reader_.ok()) return damaged();
  chunk.whole = file_.subspan(begin, reader_.position() - begin);
  return chunk;
}

bool PngChunks::lacks_an_end() const {
  constexpr std::string_view kEnd("\0\0\0\0IEND\xAE\x42\x60\x82", 12);
  const ByteView rest = ByteReader(reader_).take_rest();
  return rest.size() < kEnd.size() &&
         std::equal(rest.begin(), rest.end(), kEnd.begin(),
                    [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
}

bool checksum_is_right(const PngChunk& chunk) {
  const ByteView whole = chunk.whole;
  return checksum(whole.subspan(4, whole.size() - 8)) == big_endian_u32(whole, whole.size() - 4);
}

void append_png_chunk(std::string_view type, ByteView data, Bytes& file) {
  append_big_endian_u32(static_cast<std::uint32_t>(data.size()), file);
  const std::size_t start = file.size();
  file.insert(file.end(), type.begin(), type.end());
  file.insert(file.end(), data.begin(), data.end());
  append_big_endian_u32(checksum(ByteView(file).subspan(start)), file);
}

}  // namespace face_privacy
