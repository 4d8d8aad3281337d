// How well a clip's faces are covered over time. A face that shows for one frame is a person exposed,
// so frames are not counted alone: how many people show at least once, and for how long.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "eval/evaluation.h"
#include "eval/video_truth.h"
#include "image/geometry.h"

namespace face_privacy {

// Of the faces of at least some size. A person counts who has such a box.
struct CoverFigures {
  int boxes = 0;    // labelled, all frames and people
  int covered = 0;  // of them, by at least kCoveredShare of the box
  int people = 0;
  int exposed = 0;        // people with a box that is not covered
  int never_covered = 0;  // people with no box that is: the detector's fault rather than time's
  int longest_run = 0;    // of a person's frames one after the other without cover
  int switches = 0;       // times that a person's cover begins or ends from one frame to the next

  double covered_recall() const { return boxes > 0 ? static_cast<double>(covered) / boxes : 1; }
  double exposed_share() const { return people > 0 ? static_cast<double>(exposed) / people : 0; }
};

class VideoEvaluation {
 public:
  // Whether a point of a frame is redacted.
  using CoverOfFrame = std::function<bool(PointF)>;

  // `cover_of(frame)` is asked for each of the clip's frames once, in order.
  void add_clip(std::span<const TruthPerson> people, Size picture, int frame_count,
                const std::function<CoverOfFrame(int frame)>& cover_of);

  // Boxes whose square of the same area has a side of [from_px, below_px).
  CoverFigures figures(float from_px, float below_px) const;
  // Of the area of all frames, what is redacted, and what of that lies in no labelled box. Of frames
  // without a labelled box all that is redacted is needless.
  double redacted_area() const { return frames_ > 0 ? redacted_ / frames_ : 0; }
  double needless_area() const { return frames_ > 0 ? needless_ / frames_ : 0; }
  int frame_count() const { return frames_; }

 private:
  struct Seen {
    int frame;
    float side_px;
    bool covered;
  };
  using Person = std::vector<Seen>;  // by frame

  std::vector<Person> people_;
  int frames_ = 0;
  double redacted_ = 0;
  double needless_ = 0;
};

}  // namespace face_privacy
