// Which parts of a picture are decoded, redacted and written for a list of regions.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "image/geometry.h"
#include "redact/redact.h"

namespace face_privacy {

// `area` holds all that redacting `changed` reads; no region outside reaches into it.
struct PatchPlan {
  Rect area;                  // grown to whole blocks
  std::vector<Rect> changed;  // clipped to the picture
};

// `grow` makes whole blocks of an area. Regions whose patches would meet share one. Patches come out
// in the order of their first region; regions outside the picture have none.
std::vector<PatchPlan> plan_patches(std::span<const Region> regions, Size picture,
                                    const std::function<Rect(const Rect&)>& grow);

}  // namespace face_privacy
