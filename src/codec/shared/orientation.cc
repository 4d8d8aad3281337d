#include "codec/shared/orientation.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace face_privacy {
namespace {

// A stored row becomes a line of the upright picture: a row or a column, forwards or backwards.
struct Line {
  std::uint8_t* start;
  std::ptrdiff_t step_bytes;
};

Line line_of_row(int stored_row, Size stored, int orientation, const MutableImageView& upright) {
  const auto pixel = static_cast<std::ptrdiff_t>(upright.layout.bytes_per_pixel());
  const auto stride = static_cast<std::ptrdiff_t>(upright.stride_bytes);
  const int last_x = stored.width - 1;
  const int mirrored_row = stored.height - 1 - stored_row;
  const auto at = [&](int x, int y) { return upright.row(y) + x * pixel; };
  switch (orientation) {
    case 2: return {at(last_x, stored_row), -pixel};
    case 3: return {at(last_x, mirrored_row), -pixel};
    case 4: return {at(0, mirrored_row), pixel};
    case 5: return {at(stored_row, 0), stride};
    case 6: return {at(mirrored_row, 0), stride};
    case 7: return {at(mirrored_row, last_x), -stride};
    case 8: return {at(stored_row, last_x), -stride};
    default: return {at(0, stored_row), pixel};
  }
}

// Columns are written in tiles this wide, so that the cache lines of the upright picture that one
// row touches are still there when the next row comes: 64 columns x 64 bytes fit any first cache.
constexpr int kTile = 64;

template <int kPixelBytes>
void place(const ImageView& rows, int first_row, Size stored, int orientation,
           const MutableImageView& upright) {
  for (int left = 0; left < rows.width; left += kTile) {
    const int right = std::min(rows.width, left + kTile);
    for (int y = 0; y < rows.height; ++y) {
      const Line line = line_of_row(first_row + y, stored, orientation, upright);
      const std::uint8_t* from = rows.row(y) + static_cast<std::ptrdiff_t>(left) * kPixelBytes;
      std::uint8_t* to = line.start + left * line.step_bytes;
      for (int x = left; x < right; ++x, from += kPixelBytes, to += line.step_bytes) {
        std::memcpy(to, from, kPixelBytes);
      }
    }
  }
}

}  // namespace

Size upright_size(Size stored, int orientation) {
  return swaps_sides(orientation) ? Size{stored.height, stored.width} : stored;
}

void place_upright(const ImageView& rows, int first_row, Size stored, int orientation,
                   const MutableImageView& upright) {
  assert(rows.layout == upright.layout && rows.width == stored.width);
  assert(upright.size() == upright_size(stored, orientation));
  switch (rows.layout.bytes_per_pixel()) {
    case 1: return place<1>(rows, first_row, stored, orientation, upright);
    case 2: return place<2>(rows, first_row, stored, orientation, upright);
    case 3: return place<3>(rows, first_row, stored, orientation, upright);
    case 4: return place<4>(rows, first_row, stored, orientation, upright);
    case 5: return place<5>(rows, first_row, stored, orientation, upright);
    case 6: return place<6>(rows, first_row, stored, orientation, upright);
    case 8: return place<8>(rows, first_row, stored, orientation, upright);
    case 10: return place<10>(rows, first_row, stored, orientation, upright);
    default: assert(false);
  }
}

}  // namespace face_privacy
