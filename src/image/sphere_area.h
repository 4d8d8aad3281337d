#pragma once

namespace face_privacy {

// Where a picture lies on the sphere of a panorama in equirectangular projection, in pixels of the picture:
// `full_width` of them go once around, `full_height` from the zenith down to the nadir, and the picture's
// left top corner is at (`left`, `top`) of that whole.
struct SphereArea {
  float full_width = 0;
  float full_height = 0;
  float left = 0;
  float top = 0;

  bool goes_around(int width) const { return static_cast<float>(width) > full_width - 0.5F; }
};

}  // namespace face_privacy
