#include "codec/jpeg/scan/entropy_bytes.h"

#include <algorithm>
#include <cstring>

#include "codec/jpeg/scan/bits.h"

namespace face_privacy::jpeg {
namespace {

// Bit positions are kept in 32 bits.
constexpr std::size_t kMaxScanBytes = (std::size_t{1} << 29) - kReadablePastEnd;

}  // namespace

// Rows of 4 KiB, so that no size overflows the image's sides.
PooledBytes::PooledBytes(std::size_t size) : block_({4096, static_cast<int>(size / 4096 + 1)}, kGray8) {}

EntropyBytes::EntropyBytes(ByteView file, std::size_t first_scan)
    : bytes_(file.size() - first_scan + kReadablePastEnd) {}

std::optional<std::size_t> EntropyBytes::read(ByteView file, std::size_t begin, std::size_t interval_count) {
  if (begin > file.size() || file.size() - begin > kMaxScanBytes) return std::nullopt;
  const std::uint8_t* from = file.data() + begin;
  const std::uint8_t* const end = file.data() + file.size();
  std::uint8_t* to = bytes_.data();
  interval_begin_.assign(1, 0);
  for (;;) {
    const auto* escape =
        static_cast<const std::uint8_t*>(std::memchr(from, 0xff, static_cast<std::size_t>(end - from)));
    if (escape == nullptr) escape = end;
    std::memcpy(to, from, static_cast<std::size_t>(escape - from));
    to += escape - from;
    from = std::min(escape + 1, end);
    if (from < end && *from == 0) {
      *to++ = 0xff;
      ++from;
      continue;
    }
    while (from < end && *from == 0xff) ++from;  // fill bytes
    interval_begin_.push_back(static_cast<std::uint32_t>(to - bytes_.data()));
    const std::size_t finished = interval_begin_.size() - 1;
    if (finished == interval_count) {
      std::memset(to, 0, kReadablePastEnd);
      return static_cast<std::size_t>(escape - file.data());
    }
    if (from == end || *from != 0xd0 + (finished - 1) % 8) return std::nullopt;
    ++from;
  }
}

}  // namespace face_privacy::jpeg
