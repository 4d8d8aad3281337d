// The work on the pixels of one plane or picture; redact.h is the way to it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "image/image.h"
#include "redact/cover_memory.h"
#include "redact/redact.h"

namespace face_privacy {

// What the regions of a clip's frame have that those of a photo have not.
struct FrameCovers {
  std::vector<TrackCover*> of_regions;  // one a region
  double elapsed_s = 0;
  // kFill's, in the samples of the canvas.
  std::array<std::uint16_t, kMaxColorChannels> fill_color{};
};

// Redacts what of `regions` lies in `area` of a picture; `view` shows the area. `covers` null: a photo.
// `surfaces`, unless null, are given the smooth ones; see SmoothParts.
void redact_pixels(const MutableImageView& view, const Rect& area, Size picture,
                   std::span<const Region> regions, std::span<const Region> others,
                   const RedactOptions& options, const FrameCovers* covers,
                   std::vector<SplineSurface>* surfaces);

}  // namespace face_privacy
