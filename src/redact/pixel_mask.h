#pragma once

#include <cstdint>
#include <vector>

#include "redact/outline.h"

namespace face_privacy {

// One bit a pixel of an area of the picture: which pixels lie in a region, feather included, and
// are therefore not to be looked at when a patch is grown from the surroundings.
class PixelMask {
 public:
  explicit PixelMask(const Rect& area)
      : area_(area),
        words_per_row_((area.width + 63) / 64),
        words_(static_cast<std::size_t>(words_per_row_) * static_cast<std::size_t>(area.height)) {}

  void add(const Outline& outline) {
    const Rect rows = intersect(outline.bounds(), area_);
    for (int y = rows.y; y < rows.bottom(); ++y) add(y, outline.full_row(y));
  }

  // `x`, `y` must lie in the area.
  bool contains(int x, int y) const {
    const int bit = x - area_.x;
    return (row(y)[bit / 64] >> (bit % 64) & 1U) != 0;
  }

 private:
  void add(int y, Span span) {
    span = intersect(span, {area_.x, area_.right()});
    if (span.empty()) return;
    const int first = span.begin - area_.x;
    const int last = span.end - 1 - area_.x;
    const std::uint64_t from_first = ~std::uint64_t{0} << (first % 64);
    const std::uint64_t to_last = ~std::uint64_t{0} >> (63 - last % 64);
    std::uint64_t* words = row(y);
    if (first / 64 == last / 64) {
      words[first / 64] |= from_first & to_last;
      return;
    }
    words[first / 64] |= from_first;
    for (int i = first / 64 + 1; i < last / 64; ++i) words[i] = ~std::uint64_t{0};
    words[last / 64] |= to_last;
  }

  const std::uint64_t* row(int y) const {
    return words_.data() + static_cast<std::ptrdiff_t>(y - area_.y) * words_per_row_;
  }
  std::uint64_t* row(int y) {
    return words_.data() + static_cast<std::ptrdiff_t>(y - area_.y) * words_per_row_;
  }

  Rect area_;
  int words_per_row_;
  std::vector<std::uint64_t> words_;
};

}  // namespace face_privacy
