#include "pipeline/people.h"

#include <algorithm>

#include "codec/codec.h"
#include "embed/align.h"

namespace face_privacy {
namespace {

// Of an aligned face. Of 89 faces, old group photos among them, all had 0.0005 and more; blurred by a
// Gaussian of 3 % of their height nine in ten had less than this.
constexpr float kLeastSharpness = 0.0002F;

// A face so much smaller than the largest is nobody whom the photo is about, and often none.
constexpr float kLeastSecondFace = 0.2F;

float scale_of(const ImageView& view, Size full_size) {
  return static_cast<float>(view.height) / static_cast<float>(full_size.height);
}

Probe probe_of(const Face& face, const ImageView& view, Size full_size, const Recognizer& recognizer) {
  Probe probe;
  probe.doubt = doubt_of(face, scale_of(view, full_size), kMinProbePx);
  if (probe.doubt != Doubt::kNone) return probe;
  if (auto embedding = recognizer.embed(view, full_size, face.landmarks)) {
    probe.embedding = std::move(*embedding);
  } else {
    probe.doubt = Doubt::kFailed;
  }
  return probe;
}

ReferenceLook fault(ReferenceFault why) { return {{}, why}; }

ReferenceLook look_at(std::span<const Face> faces, const ImageView& view, Size full_size,
                      const Recognizer& recognizer) {
  if (faces.empty()) return fault(ReferenceFault::kNoFace);
  const auto is_lower = [](const Face& one, const Face& other) { return one.box.height < other.box.height; };
  const Face& face = *std::max_element(faces.begin(), faces.end(), is_lower);
  const auto counts = std::count_if(faces.begin(), faces.end(), [&](const Face& other) {
    return other.box.height >= kLeastSecondFace * face.box.height;
  });
  if (counts > 1) return fault(ReferenceFault::kSeveralFaces);
  switch (doubt_of(face, scale_of(view, full_size), kMinReferencePx)) {
    case Doubt::kNone: break;
    case Doubt::kSmall: return fault(ReferenceFault::kTooSmall);
    default: return fault(ReferenceFault::kTurned);
  }
  const auto aligned = align(view, full_size, face.landmarks);
  if (!aligned) return fault(ReferenceFault::kTurned);
  if (sharpness_of(aligned->view()) < kLeastSharpness) return fault(ReferenceFault::kBlurred);
  auto embedding = recognizer.embed(aligned->view());
  if (!embedding) return fault(ReferenceFault::kNoFace);
  return {std::move(*embedding), {}};
}

}  // namespace

Result<std::vector<FaceMatch>> match_frames(const RedactableImage& image,
                                            const std::vector<std::vector<Face>>& faces,
                                            std::span<const Embedding> people, const Recognizer& recognizer,
                                            const StopCondition& stop) {
  std::vector<FaceMatch> all;
  for (std::size_t frame = 0; frame < faces.size(); ++frame) {
    const ImageView view = image.preview(static_cast<int>(frame));
    std::vector<Probe> probes;
    for (const Face& face : faces[frame]) {
      if (auto running = stop.check(); !running) return fail(running);
      probes.push_back(probe_of(face, view, image.size(), recognizer));
    }
    const auto matches = match_faces(probes, people, recognizer.info().bands);
    all.insert(all.end(), matches.begin(), matches.end());
  }
  return all;
}

Result<ReferenceLook> look_at_reference(ByteView file, const Detector& detector, const Recognizer& recognizer,
                                        const Limits& limits, const StopCondition& stop) {
  const auto photo = open_photo(file, limits);
  if (!photo) return fault(ReferenceFault::kUnreadable);
  const int enough_px =
      std::max(kRecognitionPx, detector.sufficient_px(Profile::kBalanced, photo->header.size));
  const auto image = open_image(*photo, limits, {JpegPath::kFastest, enough_px, true, {}});
  if (!image) return fault(ReferenceFault::kUnreadable);
  const ImageView view = (*image)->preview(0);
  const auto faces =
      detector.find_faces({(*image)->size(), {view}}, Profile::kBalanced, kMinProbeScore, stop);
  if (!faces) return fail(faces);
  return look_at(*faces, view, (*image)->size(), recognizer);
}

}  // namespace face_privacy
