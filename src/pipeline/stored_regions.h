#pragma once

#include <span>
#include <vector>

#include "codec/jpeg/in_place/editor.h"
#include "redact/redact.h"

namespace face_privacy {

// Regions of the upright picture, in the pixels that the editor knows.
std::vector<Region> as_stored(std::span<const Region> upright, const JpegEditor& editor);

}  // namespace face_privacy
