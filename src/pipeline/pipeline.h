// The one way a photo goes: decode, detect, plan, redact, encode. Every door of the program (the
// command line, the HTTP service) calls these functions and nothing beneath them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/stop_condition.h"
#include "codec/codec.h"
#include "codec/metadata/keep.h"
#include "codec/shared/metadata_kinds.h"
#include "detect/detector.h"
#include "embed/recognizer.h"
#include "match/match.h"
#include "pipeline/output_checks.h"
#include "pipeline/redactable_image.h"
#include "redact/options.h"

namespace face_privacy {

inline constexpr std::size_t kMaxBoxes = 10'000;  // of `regions`, and of `keep`

// How a still picture lies. A panorama that goes around is also looked at through perspective views.
enum class Projection : std::uint8_t {
  kAuto,  // as its XMP says; without that a large picture exactly twice as wide as high is a panorama
  kFlat,  // a picture like most
  kEquirectangular,  // a panorama, whatever the file says
};
std::optional<Projection> projection_from_name(std::string_view name);  // "auto", "flat", "equirectangular"

struct DetectOptions {
  Profile profile = Profile::kBalanced;
  std::optional<float> min_score;  // 0..1; none: the profile's default
  // People to look for among the faces (match/references.h); needs a recognizer. Empty: nobody is compared
  // with anybody.
  std::vector<Embedding> people = {};
  JpegPath jpeg_path = JpegPath::kFastest;
  Projection projection = Projection::kAuto;
};

// What a receipt is wanted of. For any, the finished file is looked at again.
enum class Receipt : std::uint8_t {
  kNone,
  kOutput,
  kWithInput,  // also a commitment to the input, which only the caller can open
};

// What photos and clips have in common: what is covered, and how. Boxes are in pixels of the picture as it is
// shown.
struct CommonOptions {
  bool detect = true;
  DetectOptions detection;
  RedactOptions redaction;
  std::vector<RequestedRegion> regions;  // also redact; in every frame
  std::vector<BoxF> keep;                // leave faces that lie in these
  Receipt receipt = Receipt::kNone;
};

struct PhotoOptions : CommonOptions {
  EncodeOptions encoding;
  Metadata metadata = Metadata::kStrip;
};

// kInvalidOption for a value out of range (a score outside 0..1, a box without area, ...).
Result<void> validate(const CommonOptions& options);
Result<void> validate(const PhotoOptions& options);
Result<void> validate(const DetectOptions& options);

// kInvalidOption for a region of which nothing lies in a picture of `size`: whoever named it meant another.
Result<void> validate_regions_in(const CommonOptions& options, Size size);

// Options that have been validated: whoever holds them need not ask again.
template <class Options>
class Valid {
 public:
  static Result<Valid> of(Options options) {
    if (auto valid = validate(options); !valid) return fail(valid);
    return Valid(std::move(options));
  }
  const Options& operator*() const { return options_; }
  const Options* operator->() const { return &options_; }

 private:
  explicit Valid(Options options) : options_(std::move(options)) {}
  Options options_;
};

using Milliseconds = std::chrono::duration<double, std::milli>;

struct LookTimings {
  Milliseconds decode{};
  Milliseconds detect{};
  Milliseconds match{};  // comparing faces with people
};

struct RedactTimings {
  Milliseconds redact{};
  Milliseconds encode{};
  Milliseconds check{};  // a look at the finished file, where a receipt was asked for
};

struct Timings : LookTimings, RedactTimings {};

struct DetectReport {
  Format format{};
  Size size;                             // of a frame, upright
  std::vector<std::vector<Face>> faces;  // a list for each frame
  std::vector<FaceMatch> matches;        // for each face, frame after frame; empty where no people were given
  LookTimings timings;

  std::size_t face_count() const;  // all frames together
};

struct PhotoReport {
  DetectReport detection;
  Format output_format{};
  int region_count = 0;                             // redacted, all frames together
  std::array<int, kStyleCount> regions_by_style{};  // of these
  std::vector<bool> kept;                           // for each face, frame after frame: left visible
  bool untouched_outside = false;      // the fast JPEG path: outside the regions not a coefficient changed
  std::optional<OutputChecks> checks;  // where a receipt was asked for
  MetadataKinds removed;               // what the file carried and nothing is left of in the result
  RedactTimings timings;
};

struct FinishedPhoto {
  Bytes file;
  PhotoReport report;
};

// Fails closed: an error, or a photo with everything redacted. Thread-safe. `recognizer` is needed where
// options name people, kModel where it is missing; where a receipt is asked for it looks at covered faces, if
// there is one. `other`: of the second look that a receipt needs, where it is not by `detector`.
Result<FinishedPhoto> redact_photo(const OpenedPhoto& photo, const Detector& detector,
                                   const Valid<PhotoOptions>& options, const Limits& limits,
                                   const StopCondition& stop = {}, const Recognizer* recognizer = nullptr,
                                   const Detector* other = nullptr);
Result<DetectReport> detect_photo(const OpenedPhoto& photo, const Detector& detector,
                                  const Valid<DetectOptions>& options, const Limits& limits,
                                  const StopCondition& stop = {}, const Recognizer* recognizer = nullptr);

// The same for a file that nobody has looked at, and options that nobody has validated.
Result<FinishedPhoto> redact_photo(ByteView file, const Detector& detector, const PhotoOptions& options,
                                   const Limits& limits, const StopCondition& stop = {},
                                   const Recognizer* recognizer = nullptr);
Result<DetectReport> detect_photo(ByteView file, const Detector& detector, const DetectOptions& options,
                                  const Limits& limits, const StopCondition& stop = {},
                                  const Recognizer* recognizer = nullptr);

}  // namespace face_privacy
