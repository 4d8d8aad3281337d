// Which faces may be compared at all. What cannot be told well is not told: it stays covered.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "image/face.h"

namespace face_privacy {

// Why a face is not kept, or a photo is no reference.
enum class Doubt : std::uint8_t {
  kNone,
  kSmall,      // too few pixels
  kLandmarks,  // eyes, nose and mouth do not make a face, or the detector is not sure that it is one
  kTurned,     // half a profile or more
  kBlurred,    // of references: out of focus
  kTwice,      // another face of the photo is as near to that person, or nearer
  kTwoPeople,  // two people are as near to that face
  kFew,        // of tracks: too few of its faces could be compared
  kUnseen,     // of tracks: for too long none of its faces could be compared
  kChanges,  // of tracks: some of its faces are not that person's, or lie under another's in the frame beside
  kFailed,   // the recognizer gave nothing
};
inline constexpr auto kLastDoubt = Doubt::kFailed;
std::string_view name_of(Doubt doubt);  // "small", "landmarks", "turned", ...; kNone: ""
std::optional<Doubt> doubt_from_name(std::string_view name);

inline constexpr float kMinProbePx = 32;      // height of a face that is compared
inline constexpr float kMinReferencePx = 64;  // and of a reference
inline constexpr float kMinProbeScore = 0.5F;

// `scale` is how many pixels of what the recognizer sees make one of the face's. kNone: to be compared.
Doubt doubt_of(const Face& face, float scale, float min_height_px);

}  // namespace face_privacy
