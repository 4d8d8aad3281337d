// People who may be seen, in a clip: looks at faces while it is analyzed, and a verdict for each track in the
// end.
#pragma once

#include <span>
#include <vector>

#include "media/small_picture.h"
#include "pipeline/clip_pipeline.h"
#include "pipeline/people.h"
#include "track/matching.h"

namespace face_privacy {

class ClipPeople {
 public:
  // `options.detection.people` are not none. Refers to all three.
  ClipPeople(const Upright& upright, const ClipOptions& options, const Recognizer& recognizer);

  // Compares the faces of a frame, and says in each of `boxes`, which are theirs, which look that was.
  Result<void> look(const VideoFrame& frame, std::span<const Face> faces, std::span<ScoredBox> boxes,
                    const StopCondition& stop);

  // Sets `match` and `keep` of each track.
  void decide(ClipTracks& clip) const;

 private:
  const Upright& upright_;
  const ClipOptions& options_;
  const Recognizer& recognizer_;
  SmallPicture picture_;
  std::vector<FaceLook> looks_;
};

}  // namespace face_privacy
