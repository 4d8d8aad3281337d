// Whether a recognizer would still take a covered face for the one that was there.
#pragma once

#include <optional>

#include "embed/recognizer.h"
#include "image/face.h"
#include "image/image.h"

namespace face_privacy {

// Covered faces beside what they were.
struct LikenessCheck {
  int compared = 0;  // faces that are not kept and of which a recognizer can tell anything
  int alike = 0;     // of them, those that it would still take for the same

  void add(std::optional<bool> is_alike) {
    compared += is_alike ? 1 : 0;
    alike += is_alike.value_or(false) ? 1 : 0;
  }
};

// From this similarity on a covered face may be alike. docs/receipts.md has the measurement.
inline constexpr float kAlikeFrom = 0.35F;

// The same picture before and after, at the same scale; it shows the whole of what has `full_size`.
struct PictureBeforeAfter {
  const ImageView& before;
  const ImageView& after;
  Size full_size;
};

// None where the recognizer has nothing to say about the face. Hair, a hat and what is behind a face are in
// both pictures, so that being alike takes more than they give: the cover is nearer to the face than the
// picture is in which one color lies over it.
std::optional<bool> is_alike(const Face& face, const PictureBeforeAfter& picture,
                             const Recognizer& recognizer);

}  // namespace face_privacy
