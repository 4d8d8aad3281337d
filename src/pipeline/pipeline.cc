#include "pipeline/pipeline.h"

#include <cmath>
#include <string>
#include <utility>

#include "pipeline/jpeg_fast_path.h"
#include "pipeline/stopwatch.h"
#include "redact/redact.h"

namespace face_privacy {
namespace {

using FrameFaces = std::vector<std::vector<Face>>;

bool is_box(const BoxF& box) {
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height) && box.width > 0 && box.height > 0;
}

Result<void> validate_boxes(std::string_view name, const std::vector<BoxF>& boxes) {
  if (boxes.size() > kMaxBoxes) {
    return fail(ErrorCode::kInvalidOption,
                std::string(name) + ": more than " + std::to_string(kMaxBoxes) + " boxes");
  }
  for (const BoxF& box : boxes) {
    if (!is_box(box)) {
      return fail(ErrorCode::kInvalidOption,
                  std::string(name) + ": a box needs finite numbers and a width and height above 0");
    }
  }
  return {};
}

Result<void> validate_regions(const std::vector<RequestedRegion>& regions) {
  std::vector<BoxF> boxes;
  boxes.reserve(regions.size());
  for (const RequestedRegion& region : regions) {
    if (region.margin && !(*region.margin >= 0 && *region.margin <= kMaxMargin)) {
      return fail(ErrorCode::kInvalidOption, "regions: a margin from 0 to 2 is needed");
    }
    boxes.push_back(region.box);
  }
  return validate_boxes("regions", boxes);
}

Result<FrameFaces> find_faces_in_frames(const Photo& photo, const Detector& detector,
                                        const DetectOptions& options, const StopCondition& stop) {
  FrameFaces faces;
  for (int i = 0; i < photo.frame_count; ++i) {
    auto found =
        detector.find_faces({photo.frame_size(), {photo.frame(i)}}, options.profile, options.min_score, stop);
    if (!found) return fail(found);
    faces.push_back(std::move(*found));
  }
  return faces;
}

// What is redacted in each frame. A face that the detector misses for one frame of an animation is
// nearly always found in the frame before or after, so those regions are redacted as well.
std::vector<std::vector<Region>> plan_frames(const FrameFaces& faces, const BlurOptions& options) {
  const auto frame_count = faces.size();
  std::vector<std::vector<Region>> regions(frame_count);
  for (std::size_t i = 0; i < frame_count; ++i) {
    std::vector<Face> nearby;
    const std::size_t first = i == 0 ? 0 : i - 1;
    for (std::size_t j = first; j <= i + 1 && j < frame_count; ++j) {
      nearby.insert(nearby.end(), faces[j].begin(), faces[j].end());
    }
    regions[i] = plan_regions(nearby, options.regions, options.keep, options.redaction);
  }
  return regions;
}

std::vector<bool> kept_faces(const FrameFaces& faces, const std::vector<BoxF>& keep) {
  std::vector<bool> kept;
  for (const auto& frame : faces) {
    for (const Face& face : frame) kept.push_back(is_kept(face.box, keep));
  }
  return kept;
}

}  // namespace

std::size_t DetectReport::face_count() const {
  std::size_t count = 0;
  for (const auto& frame : faces) count += frame.size();
  return count;
}

Result<void> validate(const DetectOptions& options) {
  if (options.min_score && !(*options.min_score >= 0 && *options.min_score <= 1)) {
    return fail(ErrorCode::kInvalidOption, "min_score: a number from 0 to 1 is needed");
  }
  return {};
}

Result<void> validate(const BlurOptions& options) {
  if (auto valid = validate(options.detection); !valid) return valid;
  const RedactOptions& redaction = options.redaction;
  if (!(redaction.margin >= 0 && redaction.margin <= kMaxMargin)) {
    return fail(ErrorCode::kInvalidOption, "margin: a number from 0 to 2 is needed");
  }
  if (redaction.cells < 1 || redaction.cells > kMaxCells) {
    return fail(ErrorCode::kInvalidOption,
                "cells: a whole number from 1 to 6 is needed; more cells would let a face be recognised");
  }
  if (options.encoding.quality && (*options.encoding.quality < 1 || *options.encoding.quality > 100)) {
    return fail(ErrorCode::kInvalidOption, "quality: a whole number from 1 to 100 is needed");
  }
  if (auto valid = validate_regions(options.regions); !valid) return valid;
  return validate_boxes("keep", options.keep);
}

Result<void> validate_regions_in(const BlurOptions& options, Size size) {
  for (const RequestedRegion& region : options.regions) {
    const BoxF& box = region.box;
    const bool is_inside = box.x < static_cast<float>(size.width) &&
                           box.y < static_cast<float>(size.height) && box.x + box.width > 0 &&
                           box.y + box.height > 0;
    if (!is_inside) {
      return fail(ErrorCode::kInvalidOption, "regions: one lies outside the picture, which has " +
                                                 std::to_string(size.width) + " x " +
                                                 std::to_string(size.height) + " pixels");
    }
  }
  return {};
}

Result<BlurredPhoto> redact_photo(ByteView file, const Detector& detector, const BlurOptions& options,
                                  const Limits& limits, const StopCondition& stop) {
  if (auto valid = validate(options); !valid) return fail(valid);
  if (auto done = redact_jpeg_in_place(file, detector, options, limits, stop)) return std::move(*done);
  BlurredPhoto result;
  BlurReport& report = result.report;
  DetectReport& detection = report.detection;
  Stopwatch watch;

  auto photo = decode(file, limits);
  if (!photo) return fail(photo);
  detection.format = photo->source.format;
  detection.size = photo->frame_size();
  if (auto valid = validate_regions_in(options, detection.size); !valid) return fail(valid);
  report.output_format = output_format(photo->source.format, options.encoding);
  watch.lap(detection.timings.decode);

  detection.faces.resize(static_cast<std::size_t>(photo->frame_count));
  if (options.detect) {
    auto faces = find_faces_in_frames(*photo, detector, options.detection, stop);
    if (!faces) return fail(faces);
    detection.faces = std::move(*faces);
  }
  watch.lap(detection.timings.detect);

  const auto regions = plan_frames(detection.faces, options);
  for (const auto& frame : regions) report.region_count += static_cast<int>(frame.size());
  report.kept = kept_faces(detection.faces, options.keep);
  const RedactedPhoto redacted = Redactor::redact(std::move(*photo), regions, options.redaction);
  watch.lap(detection.timings.redact);

  if (auto go_on = stop.check(); !go_on) return fail(go_on);
  auto encoded = encode(redacted, options.encoding);
  if (!encoded) return fail(encoded);
  result.file = std::move(*encoded);
  watch.lap(detection.timings.encode);
  return result;
}

Result<DetectReport> detect_photo(ByteView file, const Detector& detector, const DetectOptions& options,
                                  const Limits& limits, const StopCondition& stop) {
  if (auto valid = validate(options); !valid) return fail(valid);
  if (auto done = detect_in_jpeg(file, detector, options, limits, stop)) return std::move(*done);
  DetectReport report;
  Stopwatch watch;
  auto photo = decode(file, limits);
  if (!photo) return fail(photo);
  report.format = photo->source.format;
  report.size = photo->frame_size();
  watch.lap(report.timings.decode);
  auto faces = find_faces_in_frames(*photo, detector, options, stop);
  if (!faces) return fail(faces);
  report.faces = std::move(*faces);
  watch.lap(report.timings.detect);
  return report;
}

}  // namespace face_privacy
