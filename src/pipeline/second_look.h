// Whoever vouches for a finished picture looks for faces once more, in another way than before.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/stop_condition.h"
#include "detect/detector.h"
#include "redact/redact.h"

namespace face_privacy {

// The mirrored look sees other things than the looks before; the quickest profile, as it is the second.
inline constexpr Profile kSecondProfile = Profile::kFast;

// Other weights than those of the first look see what these miss, and much that is no face: from here on what
// they see is worth a person's time. Measured: docs/receipts.md.
inline constexpr float kScoreOfOtherWeights = 0.8F;

struct SecondLook {
  const Detector& detector;
  std::optional<float> min_score = std::nullopt;  // none: the detector's own
};

// By `other` weights, where there are some.
inline SecondLook second_look(const Detector& first, const Detector* other) {
  return other == nullptr ? SecondLook{first} : SecondLook{*other, kScoreOfOtherWeights};
}

// What a mirrored look at `view`, a picture of `size` at any scale, takes for faces and none of `known`
// meets.
Result<std::vector<BoxF>> look_again(const ImageView& view, Size size, std::span<const BoxF> known,
                                     const SecondLook& look, const StopCondition& stop);

BoxF box_of(const Region& region);  // that holds all of it
Ellipse inside(const BoxF& box);    // the largest one

}  // namespace face_privacy
