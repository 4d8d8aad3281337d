// The entropy-coded bytes of a scan without stuffed ones and restart markers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "image/image.h"

namespace face_privacy::jpeg {

// Bytes from the image pool, not cleared.
class PooledBytes {
 public:
  PooledBytes() = default;
  explicit PooledBytes(std::size_t size);
  std::uint8_t* data() { return block_.mutable_view().data; }
  const std::uint8_t* data() const { return block_.view().data; }

 private:
  Image block_;
};

class EntropyBytes {
 public:
  EntropyBytes() = default;
  // With room for any scan of a file that begins at `first_scan` or later.
  EntropyBytes(ByteView file, std::size_t first_scan);

  // Takes the scan that begins at `begin`, in the place of the one before. Returns the offset of the marker
  // that ends it, or the file's size; nothing if there are not `interval_count` intervals, with a restart
  // marker between each two in its turn, or if positions in them would not fit 32 bits.
  std::optional<std::size_t> read(ByteView file, std::size_t begin, std::size_t interval_count);

  // Readable kReadablePastEnd bytes beyond the end. Positions are bits from here.
  const std::uint8_t* data() const { return bytes_.data(); }
  std::uint32_t begin_bit(std::size_t interval) const { return interval_begin_[interval] * 8; }
  std::uint32_t end_bit(std::size_t interval) const { return interval_begin_[interval + 1] * 8; }

 private:
  PooledBytes bytes_;
  std::vector<std::uint32_t> interval_begin_;  // bytes, and one more for the end
};

}  // namespace face_privacy::jpeg
