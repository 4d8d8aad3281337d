#include "media/upright.h"

#include <cmath>

namespace face_privacy {
namespace {

int stretched(int side, double by) { return std::max(1, static_cast<int>(std::lround(side * by))); }

BoxF transposed(const BoxF& box) { return {box.y, box.x, box.height, box.width}; }

BoxF scaled(const BoxF& box, double x, double y) {
  return {static_cast<float>(box.x * x), static_cast<float>(box.y * y), static_cast<float>(box.width * x),
          static_cast<float>(box.height * y)};
}

}  // namespace

Upright::Upright(Size stored, double pixel_aspect, bool transpose, bool flip_x, bool flip_y)
    : stored_(stored), shown_(stored), transpose_(transpose), flip_x_(flip_x), flip_y_(flip_y) {
  if (pixel_aspect > 1) shown_.width = stretched(stored.width, pixel_aspect);
  if (pixel_aspect > 0 && pixel_aspect < 1) shown_.height = stretched(stored.height, 1 / pixel_aspect);
  if (transpose) std::swap(shown_.width, shown_.height);
}

BoxF Upright::to_stored(const BoxF& shown) const {
  BoxF box = shown;
  if (flip_x_) box.x = static_cast<float>(shown_.width) - box.right();
  if (flip_y_) box.y = static_cast<float>(shown_.height) - box.bottom();
  Size square = shown_;
  if (transpose_) {
    box = transposed(box);
    std::swap(square.width, square.height);
  }
  return scaled(box, static_cast<double>(stored_.width) / square.width,
                static_cast<double>(stored_.height) / square.height);
}

BoxF Upright::to_shown(const BoxF& stored) const {
  Size square = shown_;
  if (transpose_) std::swap(square.width, square.height);
  BoxF box = scaled(stored, static_cast<double>(square.width) / stored_.width,
                    static_cast<double>(square.height) / stored_.height);
  if (transpose_) box = transposed(box);
  if (flip_x_) box.x = static_cast<float>(shown_.width) - box.right();
  if (flip_y_) box.y = static_cast<float>(shown_.height) - box.bottom();
  return box;
}

}  // namespace face_privacy
