// Which parts of a picture are decoded for a list of changes.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "image/geometry.h"

namespace face_privacy::jpeg {

// Areas, grown to whole blocks by `grow`, so that each of `changed` lies in one together with
// `supports`, what it reads, of the same index. An area that a change meets holds it: what redaction
// reads there may be the other change's pixels. Both lists have one size; changes outside the picture
// are left out.
std::vector<Rect> patch_areas(std::span<const Rect> supports, std::span<const Rect> changed, Size picture,
                              const std::function<Rect(const Rect&)>& grow);

}  // namespace face_privacy::jpeg
