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

// Patterns, and animals, look like a face at one scale; a face does at every scale at which it is
// large enough. Of the faces at least `min_side_px` large, those that `witness`, a pass at a small
// scale, gave less than kWitnessScore get its score instead of theirs. Best first again.
void doubt_large_faces(std::vector<Face>& faces, std::span<const Face> witness, float min_side_px);

inline constexpr float kWitnessScore = 0.25F;  // measured: docs/detection.md

// Which faces a pass should have seen, and what is left of the score of one that it did not see at all.
struct Confirmation {
  float from_px = 0;  // the square root of the box's area
  float to_px = 0;
  float kept_share = 1;
};

// Takes score from the faces that `pass` should have seen and did not. Best first again.
void doubt_unseen_faces(std::vector<Face>& faces, std::span<const Face> pass, const Confirmation& rule);

}  // namespace face_privacy
