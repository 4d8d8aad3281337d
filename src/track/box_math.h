#pragma once

#include "image/geometry.h"

namespace face_privacy {

bool has_place(const BoxF& box);  // finite, with an area, and not absurdly far away
float side_of(const BoxF& box);   // of a square of the same area
BoxF hull(const BoxF& a, const BoxF& b);
BoxF between(const BoxF& from, const BoxF& to, float share);  // share 0: from, 1: to
// Same center, sides (1 + share) times as long and `px` longer.
BoxF grown(const BoxF& box, float share, float px = 0);
BoxF moved(const BoxF& box, float dx, float dy);

}  // namespace face_privacy
