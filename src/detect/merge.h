// One face for each person out of the many candidates that anchors and passes give.
#pragma once

#include <span>
#include <vector>

#include "image/face.h"

namespace face_privacy {

// Two boxes that overlap by more than this (intersection over union) are the same face. Measured:
// docs/detection.md.
inline constexpr float kSameFaceOverlap = 0.35F;

// The candidates of one pass: of those that are the same face the best stays. Best first.
std::vector<Face> suppress_repeats(std::vector<Face> candidates);

// What one pass found, without repeats.
struct PassFaces {
  std::vector<Face> faces;
  bool turned = false;  // found in a copy turned by 90 degrees
};

// A face's score grows where a second pass agrees with the best. Its box and landmarks are the mean of
// what the passes say, weighted by the square of their scores; turned copies have a say only where no
// other pass saw the face. Best first.
std::vector<Face> merge_passes(std::span<const PassFaces> passes);

// What one pass says of large faces. Sizes are the square root of the box's area, in px of the picture.
struct CrossCheck {
  std::vector<Face> faces;  // what speaks for a face here
  float from_px = 0;        // the faces that it sees if they are there
  float to_px = 0;
  float large_px = 0;  // from here on a face is large in this pass
};

inline constexpr float kCrossCheckScore = 0.25F;  // measured: docs/detection.md
inline constexpr float kMajority = 0.5F;          // likewise

// Patterns, and animals, look like a face at one scale; a face does at most scales at which it is large
// enough. A face that is large for the last check, the one at the smallest scale, is demoted if that
// gave it less than kCrossCheckScore and all that should see it less than `majority` on average; it gets the
// last check's score. No single pass brings down a face that the others see. Best first again.
void demote_large_faces(std::vector<Face>& faces, std::span<const CrossCheck> checks,
                        float majority = kMajority);

// Which faces a pass should have seen, and what is left of the score of one that it did not see at all.
struct CrossCheckRule {
  float from_px = 0;  // the square root of the box's area
  float to_px = 0;
  float kept_share = 1;
};

// Takes score from the faces that `pass` should have seen and did not. Best first again.
void demote_unseen_faces(std::vector<Face>& faces, std::span<const Face> pass, const CrossCheckRule& rule);

}  // namespace face_privacy
