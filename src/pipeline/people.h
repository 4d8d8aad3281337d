// Where faces meet people: which faces of a photo are somebody's who may be seen, what a photo is worth as a
// reference, and which faces look like one person.
#pragma once

#include <span>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/stop_condition.h"
#include "detect/detector.h"
#include "embed/recognizer.h"
#include "match/groups.h"
#include "match/match.h"
#include "match/references.h"
#include "pipeline/redactable_image.h"

namespace face_privacy {

// So many pixels of the long side of a clip's frame, or of a redacted photo, are enough to tell their people
// apart.
inline constexpr int kRecognitionPx = 1600;
// No photo shows more: of a larger one, faces must be larger to be compared.
inline constexpr int kSharpPhotoPx = 2000;

// The most of a picture that shows one face alone: its recognizer sees 112 x 112 px of it.
inline constexpr int kMaxFacePicturePx = 512;

// `view` shows the whole picture of `full_size`, which the face refers to.
Probe probe_of(const Face& face, const ImageView& view, Size full_size, const Recognizer& recognizer);

// For each face, frame after frame, which `faces` has a list for. Embeddings of strangers do not leave this
// function.
Result<std::vector<FaceMatch>> match_frames(const RedactableImage& image,
                                            const std::vector<std::vector<Face>>& faces,
                                            std::span<const Embedding> people, const Recognizer& recognizer,
                                            const StopCondition& stop);

// Of an animation the first frame counts. A file that is no good reference is a look with a fault; an error
// is the network's or `stop`'s.
Result<ReferenceLook> look_at_reference(ByteView file, const Detector& detector, const Recognizer& recognizer,
                                        const Limits& limits, const StopCondition& stop);

// A picture of one face with a little around it; the face is the one that lies over its middle.
struct FacePicture {
  ByteView file;  // at most kMaxFacePicturePx on each side
  int photo = 0;  // as FaceOfPhoto::photo
};
struct GroupedPictures {
  Grouping grouping;
  std::vector<Doubt> doubts;  // of each picture; kNone: it was compared
};

// Embeddings do not leave this function. A file that cannot be read, or shows no face, is one that was not
// compared; an error is the network's or `stop`'s.
Result<GroupedPictures> group_pictures(std::span<const FacePicture> pictures, const SaidPairs& said,
                                       const Detector& detector, const Recognizer& recognizer,
                                       const Limits& limits, const StopCondition& stop);

}  // namespace face_privacy
