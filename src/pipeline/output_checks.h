// A look at the finished file before anybody vouches for it: what was planned is there, and places that
// a person should look at are named.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/stop_condition.h"
#include "codec/codec.h"
#include "pipeline/likeness.h"
#include "pipeline/redactable_image.h"
#include "pipeline/second_look.h"
#include "redact/redact.h"

namespace face_privacy {

struct PlaceToReview {
  int frame = 0;
  BoxF box;  // in pixels of the upright picture
};

struct OutputChecks {
  int places = 0;   // regions, and faces that are not kept
  int showing = 0;  // of them, those that still show the original
  // What a mirrored look at the finished picture takes for faces, outside of regions and kept faces.
  std::vector<PlaceToReview> to_review;
  std::optional<LikenessCheck> likeness;  // where there is a recognizer
};

// Who looks.
struct Checkers {
  SecondLook second;
  const Recognizer* recognizer = nullptr;
};

// What the finished file is held against.
struct PlannedCover {
  std::span<const std::vector<Region>> regions;  // a list for each frame
  std::span<const std::vector<Face>> faces;      // the same
  const std::vector<bool>& kept;                 // for each face, frame after frame
};

// Decodes photo and output, each no larger than the smallest place needs, and in the way that the photo was
// worked on. kDamagedPhoto where the output is no picture of the same size and frames; kUnsupportedPhoto
// where `path` is kInPlace and cannot be had.
Result<OutputChecks> check_output(const OpenedPhoto& photo, ByteView output, JpegPath path,
                                  const PlannedCover& cover, const Checkers& checkers, const Limits& limits,
                                  const StopCondition& stop);

}  // namespace face_privacy
