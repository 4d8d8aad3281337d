#include "codec/jpeg/scan/bit_writer.h"

#include <algorithm>

namespace face_privacy::jpeg {
namespace {

// Room is made for so many bits at a time, since it is made for the worst case: all bytes stuffed.
constexpr std::uint32_t kCopyChunkBits = 1U << 17;
constexpr std::size_t kStepBytes = std::size_t{128} << 10;

}  // namespace

// First the memory that the caller has set aside, step by step: what `resize` fills with zeros is then still
// in the cache when the bits come.
void BitWriter::grow(std::size_t needed) {
  const std::size_t bytes = used();
  const bool is_set_aside = needed <= file_.capacity();
  file_.resize(is_set_aside ? std::min(file_.capacity(), needed + kStepBytes) : needed + needed / 4);
  set_used(bytes);
}

std::uint8_t* BitWriter::store_stuffed(std::uint8_t* to, std::uint64_t word) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto byte = static_cast<std::uint8_t>(word >> shift);
    *to++ = byte;
    if (byte == 0xff) *to++ = 0;
  }
  return to;
}

void BitWriter::copy(const std::uint8_t* from, std::uint32_t begin, std::uint32_t end) {
  while (begin < end) {
    const std::uint32_t chunk_end = begin + std::min(end - begin, kCopyChunkBits);
    reserve(chunk_end - begin);
    Tail tail = tail_;
    const auto take = [&](unsigned count) {  // 1..32 bits
      const std::uint64_t word = load_big_endian_64(from + (begin >> 3)) << (begin & 7);
      tail.put(static_cast<std::uint32_t>(word >> (64 - count)), count);
      begin += count;
    };
    if (chunk_end - begin >= 128) {
      while (tail.free != 64) take(std::min(tail.free, 32U));
      const std::uint8_t* next = from + (begin >> 3);
      const unsigned shift = begin & 7;
      const std::uint32_t words = (chunk_end - begin) / 64;
      for (std::uint32_t i = 0; i < words; ++i, next += 8) {
        tail.flush(load_big_endian_64(next) << shift | std::uint64_t{next[8]} >> (8 - shift));
      }
      begin += words * 64;
    }
    while (begin < chunk_end) take(std::min(chunk_end - begin, 32U));
    tail_ = tail;
  }
}

void BitWriter::pad_to_byte() {
  const unsigned missing = tail_.free % 8;
  put((1U << missing) - 1, missing);
  reserve(64);
  for (unsigned filled = 64 - tail_.free; filled > 0; filled -= 8) {
    const auto byte = static_cast<std::uint8_t>(tail_.window >> (filled - 8));
    *tail_.to++ = byte;
    if (byte == 0xff) *tail_.to++ = 0;
  }
  tail_.free = 64;
}

void BitWriter::put_marker(std::uint8_t marker) {
  pad_to_byte();
  *tail_.to++ = 0xff;
  *tail_.to++ = marker;
}

void BitWriter::finish() {
  pad_to_byte();
  file_.resize(used());
}

}  // namespace face_privacy::jpeg
