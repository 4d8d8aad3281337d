// Perspective views of a panorama: what a camera sees that stands in the middle of its sphere.
#pragma once

#include <array>

#include "image/face.h"
#include "image/image.h"
#include "image/sphere_area.h"

namespace face_privacy {

// A way from the middle of the sphere, of any length.
struct SphereDirection {
  float x = 0;  // right
  float y = 0;  // down
  float z = 0;  // towards the panorama's middle
};

// In radians, 0 to pi.
float angle_between(const SphereDirection& a, const SphereDirection& b);
// Of a point of a panorama's picture.
SphereDirection direction_of(PointF in_panorama, const SphereArea& area);

// Where a camera looks, in degrees: `yaw` to the right of the panorama's middle, `pitch` up, `roll`
// clockwise. It sees `field_of_view` degrees from side to side, and as many from top to bottom.
struct ViewDirection {
  float yaw = 0;
  float pitch = 0;
  float roll = 0;
  float field_of_view = 90;
};

// One view of a panorama: points of it and points of the panorama's picture, and its pixels. Both kinds of
// points are in px, with (0, 0) at the left top corner. Const, any thread.
class SphereView {
 public:
  // A square of `side_px`.
  SphereView(const SphereArea& area, const ViewDirection& direction, int side_px);

  SphereDirection direction_of(PointF in_view) const;

  // In the panorama's picture; x is the place nearest to `near_x` of all that are the same on the sphere.
  PointF in_panorama(PointF in_view, float near_x) const;

  // The smallest box that holds what `in_view` shows, its middle within the panorama's width. Where that
  // holds a pole it goes all around.
  BoxF in_panorama(const BoxF& in_view) const;
  Face in_panorama(const Face& in_view) const;

  // Sampled bilinearly; black where the panorama has nothing. `panorama` may be smaller than the picture that
  // `area` is of; `scale` is its width divided by the picture's.
  Image render(const ImageView& panorama, float scale) const;

 private:
  bool shows(float pole_y, const BoxF& in_view) const;

  SphereArea area_;
  int side_px_;
  float focal_px_;
  std::array<SphereDirection, 3> axes_;  // the camera's right, down and forward
};

}  // namespace face_privacy
