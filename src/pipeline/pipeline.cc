#include "pipeline/pipeline.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "codec/metadata/metadata.h"
#include "codec/metadata/sphere.h"
#include "crypto/digest.h"
#include "panorama/find_faces.h"
#include "pipeline/people.h"
#include "pipeline/stopwatch.h"
#include "redact/redact.h"
#include "track/neighbor_frames.h"

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

bool are_equal(const ImageView& a, const ImageView& b) {
  const auto row_bytes =
      static_cast<std::size_t>(a.width) * static_cast<std::size_t>(a.layout.bytes_per_pixel());
  for (int y = 0; y < a.height; ++y) {
    if (std::memcmp(a.row(y), b.row(y), row_bytes) != 0) return false;
  }
  return true;
}

constexpr int kMinPanoramaPx = 4096;  // cameras for panoramas write no smaller ones

// Nothing where the picture is flat. Animations are.
std::optional<SphereArea> sphere_of(const OpenedPhoto& photo, const CarriedMetadata& metadata,
                                    Projection projection) {
  const Size size = photo.header.size;
  if (projection == Projection::kFlat || photo.header.frame_count > 1) return std::nullopt;
  if (const auto stated = sphere_area(metadata.xmp, size)) return stated;
  const bool looks_so = size.width == 2 * size.height && size.width >= kMinPanoramaPx;
  if (projection == Projection::kEquirectangular || looks_so) return whole_sphere(size);
  return std::nullopt;
}

Result<FrameFaces> find_faces_around(const RedactableImage& image, const SphereArea& area,
                                     const Detector& detector, const DetectOptions& options,
                                     const StopCondition& stop) {
  auto found = find_faces_on_sphere(detector, {image.size(), {image.preview(0)}}, area, options.profile,
                                    options.min_score, stop);
  if (!found) return fail(found);
  return FrameFaces{std::move(*found)};
}

// A frame like the one before has its faces: a few bytes can say so hundreds of times.
Result<FrameFaces> find_faces(const RedactableImage& image, const std::optional<SphereArea>& area,
                              const Detector& detector, const DetectOptions& options,
                              const StopCondition& stop) {
  if (area) return find_faces_around(image, *area, detector, options, stop);
  FrameFaces faces;
  for (int i = 0; i < image.frame_count(); ++i) {
    if (i > 0 && are_equal(image.preview(i - 1), image.preview(i))) {
      faces.push_back(faces.back());
      continue;
    }
    auto found =
        detector.find_faces({image.size(), {image.preview(i)}}, options.profile, options.min_score, stop);
    if (!found) return fail(found);
    faces.push_back(std::move(*found));
  }
  return faces;
}

// Nothing where no people were given.
Result<std::vector<FaceMatch>> match(const RedactableImage& image, const FrameFaces& faces,
                                     const DetectOptions& options, const Recognizer* recognizer,
                                     const StopCondition& stop) {
  if (options.people.empty()) return std::vector<FaceMatch>{};
  if (recognizer == nullptr) return fail(ErrorCode::kModel, "there is no recognizer to compare faces with");
  return match_frames(image, faces, options.people, *recognizer, stop);
}

std::vector<bool> matched_faces(const DetectReport& report) {
  std::vector<bool> kept(report.face_count(), false);
  for (std::size_t i = 0; i < report.matches.size(); ++i) {
    kept[i] = report.matches[i].verdict == Verdict::kKeep;
  }
  return kept;
}

// A list for each frame, as the faces have.
std::vector<std::vector<bool>> by_frame(const FrameFaces& faces, const std::vector<bool>& kept) {
  std::vector<std::vector<bool>> frames;
  auto next = kept.begin();
  for (const auto& frame : faces) {
    const auto end = next + static_cast<std::ptrdiff_t>(frame.size());
    frames.emplace_back(next, end);
    next = end;
  }
  return frames;
}

std::vector<std::vector<Region>> plan_frames(const DetectReport& report, const PhotoOptions& options) {
  const auto kept = with_neighbors(by_frame(report.faces, matched_faces(report)));
  const auto faces = with_neighbors(report.faces);
  std::vector<std::vector<Region>> regions;
  regions.reserve(faces.size());
  for (std::size_t i = 0; i < faces.size(); ++i) {
    regions.push_back(plan_regions(faces[i], kept[i], options.regions, options.keep, options.redaction));
  }
  return regions;
}

std::vector<bool> kept_faces(const DetectReport& report, const std::vector<BoxF>& keep) {
  std::vector<bool> kept = matched_faces(report);
  std::size_t i = 0;
  for (const auto& frame : report.faces) {
    for (const Face& face : frame) {
      kept[i] = kept[i] || is_kept(face.box, keep);
      ++i;
    }
  }
  return kept;
}

int sufficient_px(const Detector& detector, const DetectOptions& options,
                  const std::optional<SphereArea>& area, Size size) {
  const int enough = detector.sufficient_px(options.profile, size);
  return area ? std::max(enough, kPanoramaPx) : enough;
}

void keep_metadata(const CarriedMetadata& metadata, FinishedPhoto& photo) {
  PhotoReport& report = photo.report;
  const Size size = report.detection.size;
  photo.file = with_kept_metadata(std::move(photo.file), report.output_format, size, metadata);
  const PhotoHeader written{report.output_format, size, static_cast<int>(report.detection.faces.size()), 1};
  report.removed.remove(read_metadata(photo.file, written).kinds);
}

void count_regions(std::span<const std::vector<Region>> frames, Style style, PhotoReport& report) {
  for (const auto& frame : frames) {
    for (const Region& region : frame) {
      ++report.region_count;
      ++report.regions_by_style[static_cast<std::size_t>(region.style.value_or(style))];
    }
  }
}

// A photo's own noise: what looks alike in another has other noise.
RedactOptions with_noise_of(ByteView file, RedactOptions options) {
  if (options.noise_key) options.noise_key = hmac_sha256(*options.noise_key, sha256(file));
  return options;
}

void describe(const RedactableImage& image, const OpenedPhoto& photo, DetectReport& report) {
  report.format = photo.header.format;
  report.size = image.size();
  report.faces.resize(static_cast<std::size_t>(image.frame_count()));
}

// Faces, and which of them are people's who may be seen.
Result<void> look(const RedactableImage& image, const std::optional<SphereArea>& area,
                  const Detector& detector, const Recognizer* recognizer, const DetectOptions& options,
                  const StopCondition& stop, Stopwatch& watch, DetectReport& report) {
  auto faces = find_faces(image, area, detector, options, stop);
  if (!faces) return fail(faces);
  report.faces = std::move(*faces);
  watch.lap(report.timings.detect);
  auto matches = match(image, report.faces, options, recognizer, stop);
  if (!matches) return fail(matches);
  report.matches = std::move(*matches);
  watch.lap(report.timings.match);
  return {};
}

Result<std::unique_ptr<RedactableImage>> open_to_redact(const OpenedPhoto& photo, const Limits& limits,
                                                        const Detector& detector, const PhotoOptions& options,
                                                        const std::optional<SphereArea>& area) {
  ImageUse use{options.detection.jpeg_path, 1, false, options.encoding};
  if (options.detect)
    use.min_preview_px = sufficient_px(detector, options.detection, area, photo.header.size);
  return open_image(photo, limits, use);
}

// Regions that are drawn cost what they cost whatever is found, so nothing is decoded for too many.
Result<void> check_cost_of_drawn(const PhotoOptions& options, Size size) {
  return check_region_cost(plan_regions({}, {}, options.regions, options.keep, options.redaction), size);
}

// A list for each frame; tells the report how many, and which faces stay.
Result<std::vector<std::vector<Region>>> plan(const PhotoOptions& options, PhotoReport& report) {
  auto regions = plan_frames(report.detection, options);
  for (const auto& frame : regions) {
    if (auto fits = check_region_cost(frame, report.detection.size); !fits) return fail(fits);
  }
  count_regions(regions, options.redaction.style, report);
  report.kept = kept_faces(report.detection, options.keep);
  return regions;
}

}  // namespace

std::optional<Projection> projection_from_name(std::string_view name) {
  if (name == "auto") return Projection::kAuto;
  if (name == "flat") return Projection::kFlat;
  if (name == "equirectangular") return Projection::kEquirectangular;
  return std::nullopt;
}

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

Result<void> validate(const CommonOptions& options) {
  if (auto valid = validate(options.detection); !valid) return valid;
  const RedactOptions& redaction = options.redaction;
  if (!(redaction.margin >= 0 && redaction.margin <= kMaxMargin)) {
    return fail(ErrorCode::kInvalidOption, "margin: a number from 0 to 2 is needed");
  }
  if (redaction.cells < 1 || redaction.cells > kMaxCells) {
    return fail(ErrorCode::kInvalidOption,
                "cells: a whole number from 1 to 6 is needed; more cells would let a face be recognized");
  }
  if (!options.detect && !options.detection.people.empty()) {
    return fail(ErrorCode::kInvalidOption, "people can only be told apart where faces are looked for");
  }
  if (auto valid = validate_regions(options.regions); !valid) return valid;
  return validate_boxes("keep", options.keep);
}

Result<void> validate(const PhotoOptions& options) {
  const CommonOptions& cover = options;
  if (auto valid = validate(cover); !valid) return valid;
  if (options.encoding.quality && (*options.encoding.quality < 1 || *options.encoding.quality > 100)) {
    return fail(ErrorCode::kInvalidOption, "quality: a whole number from 1 to 100 is needed");
  }
  return {};
}

Result<void> validate_regions_in(const CommonOptions& options, Size size) {
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

Result<FinishedPhoto> redact_photo(const OpenedPhoto& photo, const Detector& detector,
                                   const Valid<PhotoOptions>& options, const Limits& limits,
                                   const StopCondition& stop, const Recognizer* recognizer,
                                   const Detector* other) {
  FinishedPhoto result;
  PhotoReport& report = result.report;
  DetectReport& detection = report.detection;
  Stopwatch watch;

  if (auto valid = validate_regions_in(*options, photo.header.size); !valid) return fail(valid);
  if (auto fits = check_cost_of_drawn(*options, photo.header.size); !fits) return fail(fits);
  const CarriedMetadata metadata = read_metadata(photo.file, photo.header);
  const auto area = sphere_of(photo, metadata, options->detection.projection);
  const auto image = open_to_redact(photo, limits, detector, *options, area);
  if (!image) return fail(image);
  describe(**image, photo, detection);
  report.output_format = output_format(photo.header.format, options->encoding);
  report.untouched_outside = (*image)->is_edited_in_place();
  report.removed = metadata.kinds;
  watch.lap(detection.timings.decode);

  if (options->detect) {
    const auto looked = look(**image, area, detector, recognizer, options->detection, stop, watch, detection);
    if (!looked) return fail(looked);
  }
  const auto regions = plan(*options, report);
  if (!regions) return fail(regions);
  const auto redacted = (*image)->redact(*regions, with_noise_of(photo.file, options->redaction), stop);
  if (!redacted) return fail(redacted);
  watch.lap(report.timings.redact);

  if (auto running = stop.check(); !running) return fail(running);
  auto file = (*redacted)->encode();
  if (!file) return fail(file);
  result.file = std::move(*file);
  if (options->metadata == Metadata::kKeep) keep_metadata(metadata, result);
  watch.lap(report.timings.encode);
  if (options->receipt == Receipt::kNone) return result;

  const PlannedCover cover{*regions, detection.faces, report.kept};
  const Checkers checkers{second_look(detector, other), recognizer};
  auto checks = check_output(photo, result.file, options->detection.jpeg_path, cover, checkers, limits, stop);
  if (!checks) return fail(checks);
  report.checks = std::move(*checks);
  watch.lap(report.timings.check);
  return result;
}

Result<DetectReport> detect_photo(const OpenedPhoto& photo, const Detector& detector,
                                  const Valid<DetectOptions>& options, const Limits& limits,
                                  const StopCondition& stop, const Recognizer* recognizer) {
  DetectReport report;
  Stopwatch watch;
  const auto area = sphere_of(photo, read_metadata(photo.file, photo.header), options->projection);
  const int enough_px = sufficient_px(detector, *options, area, photo.header.size);
  const auto image = open_image(photo, limits, {options->jpeg_path, enough_px, true, {}});
  if (!image) return fail(image);
  describe(**image, photo, report);
  watch.lap(report.timings.decode);
  if (auto looked = look(**image, area, detector, recognizer, *options, stop, watch, report); !looked)
    return fail(looked);
  return report;
}

Result<FinishedPhoto> redact_photo(ByteView file, const Detector& detector, const PhotoOptions& options,
                                   const Limits& limits, const StopCondition& stop,
                                   const Recognizer* recognizer) {
  const auto valid = Valid<PhotoOptions>::of(options);
  if (!valid) return fail(valid);
  const auto photo = open_photo(file, limits);
  if (!photo) return fail(photo);
  return redact_photo(*photo, detector, *valid, limits, stop, recognizer);
}

Result<DetectReport> detect_photo(ByteView file, const Detector& detector, const DetectOptions& options,
                                  const Limits& limits, const StopCondition& stop,
                                  const Recognizer* recognizer) {
  const auto valid = Valid<DetectOptions>::of(options);
  if (!valid) return fail(valid);
  const auto photo = open_photo(file, limits);
  if (!photo) return fail(photo);
  return detect_photo(*photo, detector, *valid, limits, stop, recognizer);
}

}  // namespace face_privacy
