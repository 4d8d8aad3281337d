#include "service/api/feedback_crop.h"

#include <algorithm>

#include "service/api/answers.h"

namespace face_privacy {
namespace {

// Low, so that whoever else is in the crop is covered on the slightest suspicion.
constexpr float kMinScore = 0.1F;
constexpr float kSameFaceOverlap = 0.3F;

// The others; of those that may be the reported one, the nearest is spared.
std::vector<RequestedRegion> faces_beside(const std::vector<Face>& faces, const BoxF& box) {
  const auto overlap = [&](const Face& face) { return intersection_over_union(face.box, box); };
  const auto nearest = std::max_element(
      faces.begin(), faces.end(), [&](const Face& a, const Face& b) { return overlap(a) < overlap(b); });
  const bool is_reported = nearest != faces.end() && overlap(*nearest) >= kSameFaceOverlap;
  std::vector<RequestedRegion> regions;
  for (auto face = faces.begin(); face != faces.end(); ++face) {
    if (!is_reported || face != nearest) regions.push_back({.box = face->box});
  }
  return regions;
}

bool shows(const DetectReport& report, const BoxF& box) {
  const BoxF whole{0, 0, static_cast<float>(report.size.width), static_cast<float>(report.size.height)};
  return intersection_area(box, whole) > 0;
}

}  // namespace

OrProblem<Bytes> redact_crop(const PhotoPipeline& pipeline, ByteView crop, const BoxF& box,
                             const StopCondition& stop) {
  if (crop.empty() || crop.size() > kMaxCropBytes) {
    return problem(ProblemCode::kInvalidFeedback, "a crop has 1 byte to 256 KiB");
  }
  const auto detected = pipeline.detect(crop, {.profile = Profile::kThorough, .min_score = kMinScore}, stop);
  if (!detected) return tl::unexpected(problem_of(detected.error()));
  const DetectReport& seen = detected->report;
  const bool fits = seen.faces.size() == 1 && std::max(seen.size.width, seen.size.height) <= kMaxCropSide;
  if (!fits || !shows(seen, box)) {
    return problem(ProblemCode::kInvalidFeedback,
                   "a crop is one picture of at most 320 px, with its box inside");
  }
  PhotoOptions options;
  options.detect = false;
  options.regions = faces_beside(seen.faces.front(), box);
  options.encoding.format = Format::kJpeg;
  const auto redacted = pipeline.redact(crop, options, stop);
  if (!redacted) return tl::unexpected(problem_of(redacted.error()));
  const ByteView file = redacted->file.view();
  return Bytes(file.begin(), file.end());
}

}  // namespace face_privacy
