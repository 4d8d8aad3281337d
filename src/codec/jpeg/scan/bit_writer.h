// Writes the bits of an entropy-coded scan, stuffing a zero byte after each 0xff.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codec/jpeg/scan/bits.h"

namespace face_privacy::jpeg {

class BitWriter {
 public:
  // The last bits, not yet in the file. A copy of one's own may live in registers while many bits are
  // put, which memory would make wait for each other.
  struct Tail {
    std::uint8_t* to = nullptr;  // where the next whole bytes go
    std::uint64_t window = 0;    // the 64 - free bits not yet flushed, at the bottom
    unsigned free = 64;          // 1..64

    // The low `count` (0..32) bits of `bits`; those above must be zero.
    [[gnu::always_inline]] void put(std::uint32_t bits, unsigned count) {
      if (count < free) {
        window = window << count | bits;
        free -= count;
        return;
      }
      const unsigned over = count - free;
      flush(window << (count - over) | bits >> over);
      window = bits;
      free = 64 - over;
    }

    [[gnu::always_inline]] void flush(std::uint64_t word) {
      constexpr std::uint64_t kEachByte = 0x0101010101010101U;
      // A byte of 0xff is a byte of zero in ~word.
      if (((~word - kEachByte) & word & (kEachByte << 7)) == 0) [[likely]] {
        store_big_endian_64(to, word);
        to += 8;
      } else {
        to = store_stuffed(to, word);
      }
    }
  };

  // Appends to `file`, which must not be touched until `finish`.
  explicit BitWriter(Bytes& file) : file_(file) { set_used(file.size()); }

  // Room for this many bits; to be called before they are put, so that putting need not look.
  void reserve(std::uint64_t bits) {
    // Every byte could be 0xff; flushes write 8 bytes at once.
    const std::size_t needed = used() + static_cast<std::size_t>(bits / 8 + 1) * 2 + 64;
    if (file_.size() < needed) grow(needed);
  }

  const Tail& tail() const { return tail_; }
  // What a copy of the tail has become.
  void continue_at(const Tail& tail) { tail_ = tail; }

  void put(std::uint32_t bits, unsigned count) { tail_.put(bits, count); }

  // Bits begin <= i < end of `from`, which is readable kReadablePastEnd bytes beyond. Makes its own
  // room.
  void copy(const std::uint8_t* from, std::uint32_t begin, std::uint32_t end);

  // Ones up to the next whole byte, then the marker.
  void put_marker(std::uint8_t marker);

  // Ones up to the next whole byte; `file` then ends there.
  void finish();

 private:
  static std::uint8_t* store_stuffed(std::uint8_t* to, std::uint64_t word);

  std::size_t used() const { return static_cast<std::size_t>(tail_.to - file_.data()); }
  void set_used(std::size_t bytes) { tail_.to = file_.data() + bytes; }
  void grow(std::size_t needed);
  void pad_to_byte();

  Bytes& file_;
  Tail tail_;
};

}  // namespace face_privacy::jpeg
