// Reads a header bit by bit, the highest of each byte first.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace face_privacy {

// Reads past the end give 0.
class HeaderBits {
 public:
  explicit HeaderBits(ByteView bytes) : bytes_(bytes) {}

  // False once a read or a skip went past the end.
  bool ok() const { return at_ <= 8 * bytes_.size(); }
  bool flag() { return number(1) != 0; }
  std::uint32_t number(int bits) {  // of 0 to 32
    std::uint32_t value = 0;
    for (; bits > 0; --bits, ++at_) {
      const bool bit = at_ < 8 * bytes_.size() && (bytes_[at_ / 8] >> (7 - at_ % 8) & 1) != 0;
      value = value << 1 | (bit ? 1 : 0);
    }
    return value;
  }
  void skip(int bits) { at_ += static_cast<std::size_t>(bits); }
  // Goes on with the next byte that is whole, and says which it is.
  std::size_t to_next_byte() {
    at_ = (at_ + 7) / 8 * 8;
    return at_ / 8;
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

}  // namespace face_privacy
