// The network over one picture, pass by pass, and what the passes agree on.
#pragma once

#include <deque>
#include <vector>

#include "base/error.h"
#include "base/stop_condition.h"
#include "detect/detector.h"
#include "detect/merge.h"
#include "detect/profile.h"
#include "detect/retinaface/engine.h"
#include "detect/way_up.h"

namespace face_privacy {

// A picture at this share of the detection size finds as many faces as one at full size (measured:
// docs/detection.md), so that a JPEG may be decoded at 1/2, 1/4 or 1/8.
inline constexpr double kSufficientShare = 0.65;

// Below this nothing is a face in any profile; a lower --min-score finds no more.
inline constexpr float kCandidateScore = 0.05F;

// Candidates of one run of the network at the size of `rgb` (kRgb8, sides multiples of kInputMultiple), in
// its px and not in those of the pass's copy.
Result<std::vector<Face>> find_candidates(const Network& network, const ImageView& rgb, const Pass& pass);

// The sizes that passes want of one picture, each made once. What it is made of must outlive it.
class PictureLook {
 public:
  PictureLook(const Network& network, const PictureViews& picture, const StopCondition& stop)
      : network_(network), size_(picture.full_size), views_(picture.views), stop_(stop) {}

  // In px of the picture, with repeats.
  Result<std::vector<Face>> candidates(const Pass& pass);

  Size size() const { return size_; }
  ImageView largest() const;  // of the sizes made so far

 private:
  const Image& sized(Size size);

  const Network& network_;
  Size size_;
  std::vector<ImageView> views_;
  std::deque<Image> made_;
  const StopCondition& stop_;
};

// What the passes of a profile found.
struct Findings {
  std::vector<PassFaces> found;
  std::vector<Pass> passes;  // of each
  std::vector<float> px;     // a px of its input, in px of the picture
  Evidence at_first_look;    // upright, at about that scale
  Evidence at_second_look;
};

Result<Findings> run_profile(PictureLook& look, const ProfilePlan& plan);

// Looks at a tilted copy where heads lean, and at turned ones where the plan says so. kUpright where the
// picture is as it should be.
Result<Orientation> find_way_up(PictureLook& look, const Findings& upright, const ProfilePlan& plan);

// The plan again over the copy turned by `way`: its faces are the upright ones then, and sure faces
// of `before` those of a turned copy.
Result<Findings> look_again(PictureLook& look, const Network& network, Orientation way,
                            const ProfilePlan& plan, Findings before, const StopCondition& stop);

// One face for each person, best first, down to the lowest score. `majority` as of demote_large_faces.
std::vector<Face> agreed_faces(const Findings& findings, float majority = kMajority);

}  // namespace face_privacy
