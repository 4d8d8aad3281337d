#include "pipeline/working_memory.h"

namespace face_privacy {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

// Of the network and of the pictures that are made for it; hardly more for a larger photo. Estimates that
// err towards more.
std::uint64_t detector_bytes(Profile profile) {
  switch (profile) {
    case Profile::kFast: return 16 * kMebibyte;
    case Profile::kBalanced: return 48 * kMebibyte;
    case Profile::kThorough: return 128 * kMebibyte;
  }
  return 0;
}

// Coefficients of a progressive JPEG without subsampling; others take a fifth of it.
constexpr std::uint64_t kInPlaceBytes = 7;  // a pixel

std::uint64_t picture_bytes(const PhotoHeader& photo, JpegPath path, std::optional<Format> output) {
  return path == JpegPath::kInPlace ? kInPlaceBytes * photo.pixels() : working_bytes(photo, output);
}

}  // namespace

std::uint64_t working_bytes(const PhotoHeader& photo, const DetectOptions& options) {
  return picture_bytes(photo, options.jpeg_path, std::nullopt) + detector_bytes(options.profile);
}

std::uint64_t working_bytes(const PhotoHeader& photo, const PhotoOptions& options) {
  const DetectOptions& detection = options.detection;
  const bool looks = options.detect || options.receipt != Receipt::kNone;
  return picture_bytes(photo, detection.jpeg_path, output_format(photo.format, options.encoding)) +
         (looks ? detector_bytes(detection.profile) : 0);
}

}  // namespace face_privacy
