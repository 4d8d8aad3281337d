// Which tracks show somebody who may be seen. It is decided once for the whole of a track, from looks at its
// face all along: a track that may have gone from one person to another, or that was not seen well all the
// time, is covered.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "match/match.h"
#include "track/track.h"

namespace face_privacy {

struct TrackMatchRules {
  MatchBands bands;
  std::vector<bool> have_doubles;  // of each person; match.h
  std::size_t least_looks = 3;     // that could be compared
  // A face that was found and could not be compared is taken for that of a look so near in time, in the same
  // shot.
  MediaTime near = std::chrono::milliseconds(500);
};

// One answer for each track. `looks` are those that the boxes name.
//
// Kept is a track whose looks are near to one person in the mean (bands.keep), none of them far
// (bands.ask), and beside which no other track shows that person at the same time.
std::vector<FaceMatch> match_tracks(const ClipTracks& clip, std::span<const FaceLook> looks,
                                    const TrackMatchRules& rules);

}  // namespace face_privacy
