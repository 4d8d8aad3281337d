// Writes the bits of an entropy-coded scan, stuffing a zero byte after each 0xff.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codec/jpeg_bits.h"

namespace face_privacy::jpeg {

class BitWriter {
 public:
  // Appends to `file`, which must not be touched until `finish`.
  explicit BitWriter(Bytes& file) : file_(file), used_(file.size()) {}

  // Room for this many bits; to be called before they are put, so that putting need not look.
  void reserve(std::uint64_t bits) {
    // Every byte could be 0xff; flushes write 8 bytes at once.
    const std::size_t needed = used_ + static_cast<std::size_t>(bits / 8 + 1) * 2 + 64;
    if (file_.size() < needed) grow(needed);
  }

  // The low `count` (0..32) bits of `bits`; those above must be zero.
  [[gnu::always_inline]] void put(std::uint32_t bits, unsigned count) {
    if (count < free_) {
      window_ = window_ << count | bits;
      free_ -= count;
      return;
    }
    const unsigned over = count - free_;
    flush(window_ << (count - over) | bits >> over);
    window_ = bits;
    free_ = 64 - over;
  }

  // Bits begin <= i < end of `from`, which is readable kReadablePastEnd bytes beyond. Makes its own
  // room.
  void copy(const std::uint8_t* from, std::uint32_t begin, std::uint32_t end);

  // Ones up to the next whole byte, then the marker.
  void put_marker(std::uint8_t marker);

  // Ones up to the next whole byte; `file` then ends there.
  void finish();

 private:
  [[gnu::always_inline]] void flush(std::uint64_t word) {
    constexpr std::uint64_t kEachByte = 0x0101010101010101U;
    std::uint8_t* const to = file_.data() + used_;
    // A byte of 0xff is a byte of zero in ~word.
    if (((~word - kEachByte) & word & (kEachByte << 7)) == 0) [[likely]] {
      store_big_endian_64(to, word);
      used_ += 8;
    } else {
      flush_stuffed(word);
    }
  }
  void grow(std::size_t needed);
  void flush_stuffed(std::uint64_t word);
  void pad_to_byte();

  Bytes& file_;
  std::size_t used_;
  std::uint64_t window_ = 0;  // the 64 - free_ bits not yet flushed, at the bottom
  unsigned free_ = 64;        // 1..64
};

}  // namespace face_privacy::jpeg
