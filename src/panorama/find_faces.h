// Faces in a panorama. Near the poles equirectangular projection draws a face as wide as it likes, and at the
// seam it cuts one in two: neither looks like a face. So a panorama is looked at as it is, and also through
// perspective views that overlap and together see the whole sphere.
#pragma once

#include <optional>
#include <vector>

#include "detect/detector.h"
#include "image/sphere_area.h"

namespace face_privacy {

// The width, in px, that a panorama need not be larger than to be looked at.
inline constexpr int kPanoramaPx = 4096;

// As Detector::find_faces, of a picture that is `area` of a sphere; the first view of `picture` is used. A
// face that reaches over the seam is given on both sides of it, whole, so that half of it lies beyond the
// edge.
Result<std::vector<Face>> find_faces_on_sphere(const Detector& detector, const PictureViews& picture,
                                               const SphereArea& area, Profile profile,
                                               std::optional<float> min_score, const StopCondition& stop);

}  // namespace face_privacy
