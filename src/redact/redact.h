// Makes faces unrecoverable. The promises are in docs/privacy.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/stop_condition.h"
#include "image/face.h"
#include "image/photo.h"
#include "image/video_frame.h"
#include "redact/options.h"

namespace face_privacy {

inline constexpr float kMinRegionPx = 16;  // the least width and height of a region's core

// What is to be made unrecognizable, in pixels of the upright picture; may cross its edge.
struct Region {
  Shape shape = Shape::kEllipse;
  // The fully redacted core: for kEllipse the ellipse itself, for kBox the (turned) box with these
  // half sides. Outside it the redaction fades out over `feather_px`.
  Ellipse core;
  float feather_px = 0;
  std::optional<Style> style = std::nullopt;  // of its own; none: that of the options

  Rect bounds() const;  // whole pixels that may change, feather included; not clipped

  // The same more closely, clipped to the picture: one rectangle for each band of rows
  // [i * band_px, (i + 1) * band_px) in which a pixel may change.
  std::vector<Rect> bands(Size picture, int band_px) const;

  // The region on a plane that has one sample for each `shrink_x` by `shrink_y` pixels. A sample is in its
  // core where one of these pixels is in the region's core; the feather extends no farther than the
  // original's.
  Region on_plane(int shrink_x, int shrink_y) const;
};

// A face is left alone when at least half of its box lies in one of `keep`.
bool is_kept(const BoxF& face, std::span<const BoxF> keep);

// From what was found and asked to what is redacted. `requested` are treated as faces without
// landmarks, and `keep` does not hold for them. Where a region reaches into a face that is kept (into
// one of `keep` where no faces were looked for), what its own box does not need gives way.
std::vector<Region> plan_regions(std::span<const Face> faces, std::span<const RequestedRegion> requested,
                                 std::span<const BoxF> keep, const RedactOptions& options);

// The same where some faces are kept by themselves: `kept[i]` spares faces[i] and no other, however much of
// another lies in its box.
std::vector<Region> plan_regions(std::span<const Face> faces, const std::vector<bool>& kept,
                                 std::span<const RequestedRegion> requested, std::span<const BoxF> keep,
                                 const RedactOptions& options);

// A region of a clip's frame, in pixels of the frame as it is stored.
struct TrackedRegion {
  int track = 0;  // what covers it is the same in all frames of a track
  Region region;
};

// What becomes of the smooth parts of a patch.
enum class SmoothParts : std::uint8_t { kPixels, kSurfaces };

class CoverMemory;  // redact/cover_memory.h

// kTooCostly where regions, each of all frames, have so many rows together that piles of large ones would
// take minutes and gigabytes. What a photo has for faces is far from it.
Result<void> check_region_cost(std::span<const Region> regions, Size picture);

// The only maker of redacted pixels. Alpha is left as it is. Deterministic but for kPixelate,
// whose noise is fresh for each call unless it is drawn from a key.
class Redactor {
 public:
  // `regions[i]` belongs to frame i; one list for each frame.
  static RedactedPhoto redact(Photo&& photo, std::span<const std::vector<Region>> regions,
                              const RedactOptions& options);

  // The same for a part of a larger picture of size `picture`. The patch must hold the `support` of each
  // of `regions`. Of the picture's other regions, `others` are those that meet the patch: they are not
  // redacted here, nor is anything sampled in them. Regions that share a pixel belong together. With
  // kSurfaces, cells that lie wholly in a core that kBlur covers are surfaces of the patch.
  static RedactedPatch redact(Patch&& patch, Size picture, std::span<const Region> regions,
                              std::span<const Region> others, const RedactOptions& options,
                              SmoothParts smooth_parts = SmoothParts::kPixels);

  // A frame of a clip, on its own planes; writable if there is anything to redact. Frames come in the order
  // of their times, all with the same memory. A damaged frame is covered whole.
  static Redacted<VideoFrame> redact(VideoFrame&& frame, std::span<const TrackedRegion> regions,
                                     CoverMemory& memory, const RedactOptions& options);

  // The same for a picture that is changed in place, plane by plane, and only where regions are: all its
  // regions at once. Defined in redact/in_place.h, which says what an editor is. Fails as `stop` says.
  template <class Editor>
  static Result<Redacted<typename Editor::Edits>> redact_in_place(const Editor& editor,
                                                                  std::span<const Region> regions,
                                                                  const RedactOptions& options,
                                                                  const StopCondition& stop);

  // The pixels that a region's redaction reads or writes, clipped to the picture.
  static Rect support(const Region& region, Size picture);

  // The parts of `support` whose pixels must be exact, as rectangles: the feather and the ring around
  // it, in bands as of Region::bands. Of the others, in the core, kBlur reads one mean and kFill
  // nothing; kPixelate reads the means of cells, which may be small.
  static std::vector<Rect> close_support(const Region& region, Size picture, int band_px);
};

}  // namespace face_privacy
