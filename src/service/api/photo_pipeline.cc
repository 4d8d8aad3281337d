#include "service/api/photo_pipeline.h"

#include <utility>

#include "service/admission/pixel_gate.h"

namespace face_privacy {
namespace {

std::uint64_t pixels_of(const PhotoHeader& header) {
  return static_cast<std::uint64_t>(header.size.width) * static_cast<std::uint64_t>(header.size.height) *
         static_cast<std::uint64_t>(header.frame_count);
}

}  // namespace

PhotoPipeline make_photo_pipeline(const std::shared_ptr<const Detector>& detector, const Limits& limits,
                                  std::uint64_t working_pixels) {
  const auto gate = std::make_shared<PixelGate>(working_pixels);
  PhotoPipeline pipeline;
  pipeline.blur = [=](ByteView file, const BlurOptions& options,
                      const StopCondition& stop) -> Result<BlurredPhoto> {
    const auto header = read_header(file, limits);
    if (!header) return fail(header);
    const auto place = gate->enter(pixels_of(*header), stop);
    if (!place) return fail(place);
    return redact_photo(file, *detector, options, limits, stop);
  };
  const auto detect_within = [=](ByteView file, const DetectOptions& options, const Limits& bounds,
                                 const StopCondition& stop) -> Result<DetectReport> {
    const auto header = read_header(file, bounds);
    if (!header) return fail(header);
    const auto place = gate->enter(pixels_of(*header), stop);
    if (!place) return fail(place);
    return detect_photo(file, *detector, options, bounds, stop);
  };
  pipeline.detect = [=](ByteView file, const DetectOptions& options, const StopCondition& stop) {
    return detect_within(file, options, limits, stop);
  };
  pipeline.detect_built_in = [=](ByteView file, const DetectOptions& options) {
    return detect_within(file, options, Limits{}, {});
  };
  pipeline.model = detector->model();
  pipeline.default_min_score = [=](Profile profile) { return detector->default_min_score(profile); };
  return pipeline;
}

}  // namespace face_privacy
