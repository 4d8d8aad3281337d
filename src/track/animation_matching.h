// Which faces of an animation may be seen. As in a clip it is decided by track; but frames may have nothing
// to do with each other, and a face is covered in the frames beside its own, too.
#pragma once

#include <span>
#include <vector>

#include "image/face.h"
#include "match/match.h"
#include "track/matching.h"

namespace face_privacy {

// One answer for each face, frame after frame; `looks` likewise. All faces of a track have the same verdict:
// kept are they where each of them was compared and is near enough, and where no face that is covered lies
// over one of them in the frame before or after.
std::vector<FaceMatch> match_animation(const std::vector<std::vector<Face>>& frames,
                                       std::span<const FaceLook> looks, const MatchBands& bands,
                                       const std::vector<bool>& have_doubles);

}  // namespace face_privacy
