// Which way up a picture is: files lose their orientation, cameras are held askew, and the network sees few
// faces that lie on their side, stand on their head or lean far over.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "detect/turned_copies.h"
#include "image/face.h"

namespace face_privacy {

inline constexpr std::array kTurnings{Orientation::kTurnedLeft, Orientation::kTurnedRight,
                                      Orientation::kUpsideDown};

// What speaks for people in a picture as it is looked at.
struct Evidence {
  float sum = 0;        // of the scores of sure faces
  float small_sum = 0;  // of those that a look at half the scale does not see
  float best = 0;       // the best score
};

// Of the faces of one pass without repeats, those at least as large as a small look can tell from noise;
// `px` is a px of the pass's input in px of the picture. Large faces, those of people and those that fur
// seems to have, are seen every way up: they must be surer.
Evidence evidence_of(std::span<const Face> faces, Size picture, float px);

// Degrees, -180..180, positive clockwise: how far the heads of the sure faces lean by their landmarks, the
// mean. None where there is no sure face. Upright heads lean by less than kLeaning, also in a picture held
// askew; the network's landmarks show about two thirds of what there is.
std::optional<float> mean_lean(std::span<const Face> faces);
inline constexpr float kLeaning = 15;

// The copy in which heads that lean to that side by 45 degrees are upright.
constexpr Orientation against_lean(float lean) {
  return lean > 0 ? Orientation::kTiltedLeft : Orientation::kTiltedRight;
}

// True where nobody is seen either way: then a look at a larger scale is worth its time, at the small
// faces that the first does not see.
bool is_scant(const Evidence& evidence);

// What speaks for people in a turned copy.
struct CopyEvidence {
  Orientation orientation = Orientation::kUpright;
  Evidence evidence;
};

// Which turned copy has its people upright, kUpright where that is the picture itself. A copy must have a
// face more than the picture, or one where the picture has none that is sure: large faces are seen every
// way up.
Orientation way_up(const Evidence& upright, std::span<const CopyEvidence> turned, float least_sum);

// The same where heads lean, which speaks for the tilted copy already: it needs a small lead over the
// picture.
bool is_upright_tilted(const Evidence& upright, const Evidence& tilted);

// What the copy must have in the first and in the second look.
inline constexpr float kLeastSum = 0.7F;
inline constexpr float kLeastSumOfSecondLook = 0.9F;

// `evidence` as the second look counts it.
Evidence of_small_faces(const Evidence& evidence);

}  // namespace face_privacy
