// A face as recognizers want it: upright, and with eyes, nose and mouth in the same places for everybody.
#pragma once

#include <optional>

#include "image/face.h"
#include "image/image.h"
#include "image/similarity.h"

namespace face_privacy {

inline constexpr int kAlignedPx = 112;  // a square

// From the picture to the aligned square, by least squares over the five landmarks. Nothing where they lie
// in one place or are no numbers.
std::optional<Similarity> to_aligned(const Landmarks& landmarks);

// What of a picture align() looks at, in its pixels; empty where that lies outside, nothing as for
// to_aligned.
std::optional<Rect> aligned_place(Size picture, const Landmarks& landmarks);

// kRgb8, kAlignedPx squared; black outside the picture. `view` shows the whole picture of `full_size`, which
// the landmarks refer to, at whatever size.
std::optional<Image> align(const ImageView& view, Size full_size, const Landmarks& landmarks);

// How much fine detail an aligned face has, 0..1, whatever its contrast: the share of its variation that a
// small blur takes away.
float sharpness_of(const ImageView& aligned);

}  // namespace face_privacy
