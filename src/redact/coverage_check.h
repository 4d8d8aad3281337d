// Whether a place of a redacted picture still shows what was there: a look at pixels alone, which knows
// nothing of how they were redacted and asks none of the code that did it.
#pragma once

#include <cstdint>

#include "image/geometry.h"
#include "image/image.h"

namespace face_privacy {

// How much of the place's own detail is still there.
struct LeftDetail {
  float share = 0;         // of the original's contrast between neighboring cells; 1: all
  float correlation = 0;   // -1..1, of what is there with the original
  bool untouched = false;  // a part of the place is as it was, whatever became of the rest
};

// What is looked at: the place as a whole, or its quarters by themselves as well, where it is large enough. A
// quarter of a mosaic has so few cells that their noise goes along with a face now and then.
enum class Parts : std::uint8_t { kWhole, kQuartersToo };

// The most that any of the parts has left. `place` is in pixels of the full picture, of size `full`; the
// views show it at any size, both at the same. Zero where the original has no detail there.
LeftDetail left_detail(const ImageView& original, const ImageView& redacted, Size full, const Ellipse& place,
                       Parts parts = Parts::kQuartersToo);

// From here on something of it shows. A Gaussian blur of 1/30 of a face has more left, what this program
// makes has less: docs/receipts.md has the measurement.
bool shows_original(const LeftDetail& left);

// The long side, in pixels, that views need so that `place` can be looked at.
int needed_view_px(Size full, const Ellipse& place);

}  // namespace face_privacy
