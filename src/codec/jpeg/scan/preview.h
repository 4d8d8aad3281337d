// The small image that reading a scan leaves, made one row of MCUs at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/scan_kernel.h"
#include "image/image.h"

namespace face_privacy::jpeg {

class PreviewRows {
 public:
  // `side`: pixels of a block across and down, 1, 2 or 4.
  PreviewRows(const Layout& layout, int side);

  // Where the blocks of a row of MCUs leave their pixels; fills pixels, strides and scales of `plan`.
  void lend_rows(RowPlan& plan);
  // Turns the row that has just been read into pixels of the image.
  void finish_row(int mcu_y);
  Image take_image() { return std::move(image_); }

 private:
  struct Plane {
    std::vector<std::uint8_t> pixels;
    std::size_t stride = 0;
    int shrink_x = 1;  // pixels of the image for one of the plane
    int shrink_y = 1;
    std::vector<std::uint8_t> widened;  // one row at the image's width
  };
  const std::uint8_t* row_at_full_width(Plane& plane, int y);

  const Layout& layout_;
  int side_;
  int rows_per_mcu_;
  std::vector<Plane> planes_;
  Image image_;
};

}  // namespace face_privacy::jpeg
