// Copies of a labelled photo as phones, scanners and messengers make them, to see what a detector still
// finds. Each is made of the photo's pixels alone, and the same one every time.
#pragma once

#include <array>
#include <string_view>

#include "eval/truth.h"
#include "image/image.h"

namespace face_privacy {

enum class CopyKind {
  kAsItIs,
  kMirrored,
  kTurnedLeft,  // by 90 degrees counterclockwise
  kTurnedRight,
  kUpsideDown,
  kTilted,   // by 45 degrees clockwise, corners gray
  kSmaller,  // half as wide and high
  kDark,     // a fifth of the light
  kNoisy,    // a standard deviation of about 20 of 255
  kBlurred,  // made of a third of the pixels
};

inline constexpr std::array kCopyKinds{CopyKind::kAsItIs,      CopyKind::kMirrored,   CopyKind::kTurnedLeft,
                                       CopyKind::kTurnedRight, CopyKind::kUpsideDown, CopyKind::kTilted,
                                       CopyKind::kSmaller,     CopyKind::kDark,       CopyKind::kNoisy,
                                       CopyKind::kBlurred};
std::string_view name_of(CopyKind kind);

struct PhotoCopy {
  Image pixels;  // kRgb8
  TruthPhoto truth;
};

// `photo` of any layout. The box of a tilted face is that of the ellipse in its box, tilted.
PhotoCopy make_copy(const ImageView& photo, const TruthPhoto& truth, CopyKind kind);

}  // namespace face_privacy
