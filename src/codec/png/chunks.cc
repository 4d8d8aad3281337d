#include "codec/png/chunks.h"

#include <zlib.h>

#include "codec/shared/big_endian.h"

namespace face_privacy {
namespace {

constexpr std::size_t kFrameBytes = 12;  // length, type, checksum

std::uint32_t checksum(ByteView bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
}

}  // namespace

Result<PngChunk> PngChunks::next() {
  const auto damaged = [] {
    return fail(ErrorCode::kDamagedPhoto, "The PNG photo is truncated or damaged.");
  };
  if (rest_.size() < kFrameBytes) return damaged();
  const std::size_t length = big_endian_u32(rest_, 0);
  if (length > rest_.size() - kFrameBytes) return damaged();
  PngChunk chunk;
  chunk.type = {reinterpret_cast<const char*>(rest_.data()) + 4, 4};
  chunk.data = rest_.subspan(8, length);
  chunk.whole = rest_.first(kFrameBytes + length);
  rest_ = rest_.subspan(kFrameBytes + length);
  return chunk;
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
