#pragma once

#include "image/geometry.h"

namespace face_privacy {

// Left and right are the person's own: on an upright frontal face the right eye is at the smaller x.
struct Landmarks {
  PointF left_eye;
  PointF right_eye;
  PointF nose;
  PointF mouth_left;
  PointF mouth_right;
};

struct Face {
  BoxF box;         // forehead to chin, ear to ear; may cross the picture's edge
  float score = 0;  // 0..1
  Landmarks landmarks;
};

}  // namespace face_privacy
