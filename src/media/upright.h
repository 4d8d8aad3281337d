// Between a frame as it is stored and as it is shown: turned by a quarter, mirrored, with square pixels.
#pragma once

#include "image/geometry.h"

namespace face_privacy {

class Upright {
 public:
  Upright() = default;
  // First `transpose` swaps x and y, then the flips mirror. `pixel_aspect`: a stored pixel's width by its
  // height; pixels are stretched, never shrunk.
  Upright(Size stored, double pixel_aspect, bool transpose, bool flip_x, bool flip_y);

  Size stored() const { return stored_; }
  Size shown() const { return shown_; }
  bool transposes() const { return transpose_; }
  bool flips_x() const { return flip_x_; }
  bool flips_y() const { return flip_y_; }

  BoxF to_stored(const BoxF& shown) const;
  BoxF to_shown(const BoxF& stored) const;

 private:
  Size stored_;
  Size shown_;
  bool transpose_ = false;
  bool flip_x_ = false;
  bool flip_y_ = false;
};

}  // namespace face_privacy
