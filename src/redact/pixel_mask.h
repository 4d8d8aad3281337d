#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "redact/outline.h"

namespace face_privacy {

// A set of pixels of an area of the picture, one bit each. It makes the work on a pile of regions
// that cover each other grow with the pixels they cover, not with the sum of their areas.
class PixelMask {
 public:
  explicit PixelMask(const Rect& area)
      : area_(area),
        words_per_row_((area.width + 63) / 64),
        words_(static_cast<std::size_t>(words_per_row_) * static_cast<std::size_t>(area.height)) {}

  const Rect& area() const { return area_; }

  // Adds a span of a row that lies in the area.
  void add(int y, Span span) {
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

  // `x`, `y` must lie in the area.
  bool contains(int x, int y) const {
    const int bit = x - area_.x;
    return (row(y)[bit / 64] >> (bit % 64) & 1U) != 0;
  }

  // Calls visit(Span) for each run of pixels of a span that are not in the set.
  template <class Visit>
  void for_each_gap(int y, Span span, Visit visit) const {
    for (int x = span.begin; x < span.end;) {
      const int begin = next(y, x, span.end, ~std::uint64_t{0});
      const int end = next(y, begin, span.end, 0);
      if (begin < end) visit(Span{begin, end});
      x = end;
    }
  }

  // Of a span of columns, as one row: what any of `count` rows from `first` on has.
  PixelMask any_of_rows(int first, int count, Span columns) const {
    const int word = (columns.begin - area_.x) / 64;
    PixelMask any({area_.x + 64 * word, first, columns.end - area_.x - 64 * word, 1});
    for (int y = first; y < first + count; ++y) {
      for (int i = 0; i < any.words_per_row_; ++i) any.words_[i] |= row(y)[word + i];
    }
    return any;
  }

  bool has_gap(int y, Span span) const {
    return !span.empty() && next(y, span.begin, span.end, ~std::uint64_t{0}) < span.end;
  }

 private:
  // The first pixel from x on, before `end`, that is in the set once its bits are flipped by `flip`.
  int next(int y, int x, int end, std::uint64_t flip) const {
    const std::uint64_t* words = row(y);
    int bit = x - area_.x;
    const int last = end - area_.x;
    while (bit < last) {
      const std::uint64_t word = (words[bit / 64] ^ flip) >> (bit % 64);
      if (word != 0) return std::min(end, area_.x + bit + std::countr_zero(word));
      bit = (bit / 64 + 1) * 64;
    }
    return end;
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
