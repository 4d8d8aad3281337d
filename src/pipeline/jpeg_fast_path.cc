#include "pipeline/jpeg_fast_path.h"

#include <utility>

#include "codec/jpeg/in_place/editor.h"
#include "codec/shared/orientation.h"
#include "pipeline/jpeg_parts.h"
#include "pipeline/stopwatch.h"

namespace face_privacy {
namespace {

// `detection` is null where no face is looked for, and any preview will do.
std::optional<JpegSurgery> open(ByteView file, const Detector& detector, const DetectOptions* detection,
                                const Limits& limits, OtherCodings other_codings) {
  if (file.size() > limits.max_bytes || sniff_format(file) != Format::kJpeg) return std::nullopt;
  int detection_px = 1;
  if (detection != nullptr) {
    const auto header = read_header(file, limits);
    if (!header) return std::nullopt;
    detection_px = detector.largest_input_px(detection->profile, header->size);
  }
  return JpegSurgery::open(file, limits, detection_px, other_codings);
}

Size upright_size_of(const JpegSurgery& surgery) {
  return upright_size(surgery.size(), surgery.orientation());
}

// Faces are found in the upright picture.
PictureViews upright_views(const JpegSurgery& surgery) {
  return {upright_size_of(surgery), {surgery.preview()}};
}

bool is_for_this_path(const BlurOptions& options) {
  const EncodeOptions& encoding = options.encoding;
  return options.jpeg_path == JpegPath::kFastest && !encoding.quality &&
         encoding.format.value_or(Format::kJpeg) == Format::kJpeg;
}

}  // namespace

std::optional<Result<BlurredPhoto>> redact_jpeg_in_place(ByteView file, const Detector& detector,
                                                         const BlurOptions& options, const Limits& limits,
                                                         const StopCondition& stop) {
  if (!is_for_this_path(options)) return std::nullopt;
  Stopwatch watch;
  const auto surgery =
      open(file, detector, options.detect ? &options.detection : nullptr, limits, OtherCodings::kRewrite);
  if (!surgery) return std::nullopt;
  BlurredPhoto result;
  BlurReport& report = result.report;
  DetectReport& detection = report.detection;
  detection.format = report.output_format = Format::kJpeg;
  detection.size = upright_size_of(*surgery);
  if (auto valid = validate_regions_in(options, detection.size); !valid) return fail(valid);
  watch.lap(detection.timings.decode);

  detection.faces.resize(1);
  if (options.detect) {
    auto faces = detector.find_faces(upright_views(*surgery), options.detection.profile,
                                     options.detection.min_score, stop);
    if (!faces) return fail(faces);
    detection.faces[0] = std::move(*faces);
  }
  watch.lap(detection.timings.detect);

  const auto regions = plan_regions(detection.faces[0], options.regions, options.keep, options.redaction);
  report.region_count = static_cast<int>(regions.size());
  for (const Face& face : detection.faces[0]) report.kept.push_back(is_kept(face.box, options.keep));
  const auto inserts = redact_parts(*surgery, as_stored(regions, *surgery), options.redaction, stop);
  if (!inserts) return fail(inserts);
  watch.lap(detection.timings.redact);

  if (auto go_on = stop.check(); !go_on) return fail(go_on);
  result.file = surgery->write(*inserts);
  report.untouched_outside = true;
  watch.lap(detection.timings.encode);
  return result;
}

std::optional<Result<DetectReport>> detect_in_jpeg(ByteView file, const Detector& detector,
                                                   const DetectOptions& options, const Limits& limits,
                                                   const StopCondition& stop) {
  Stopwatch watch;
  const auto surgery = open(file, detector, &options, limits, OtherCodings::kLeave);
  if (!surgery) return std::nullopt;
  DetectReport report;
  report.format = Format::kJpeg;
  report.size = upright_size_of(*surgery);
  watch.lap(report.timings.decode);
  auto faces = detector.find_faces(upright_views(*surgery), options.profile, options.min_score, stop);
  if (!faces) return fail(faces);
  report.faces = {std::move(*faces)};
  watch.lap(report.timings.detect);
  return report;
}

}  // namespace face_privacy
