// Changes a part of a JPEG file and leaves the rest as it is, to the coefficient.
//
// The entropy-coded scan is read once. On the way it leaves an index of its MCUs (the blocks of
// pixels that are coded together, 8 or 16 pixels a side) and a small image to find faces in. libjpeg
// turns the blocks of a part of the picture into pixels, and redacted pixels into blocks with the
// file's own quantisers, which take the place of the old ones between bits that are copied.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "image/photo.h"

namespace face_privacy {

// What to do with progressive and arithmetic-coded files and with several scans. Written anew in one
// scan they can be worked on; for a preview alone that takes longer than `decode`.
enum class OtherCodings { kRewrite, kLeave };

// Immutable once opened; thread-safe. All coordinates are pixels of the upright picture.
class JpegSurgery {
 public:
  // Nothing for a file that is better left to `decode` and `encode`: one that is no JPEG, breaks a
  // limit, is damaged or odd in any way, or is of a kind not handled here (CMYK, 12 bit, a picture that
  // EXIF turns about a side that is no multiple of its MCUs). What opens, `decode` would accept.
  // `file` must outlive the result.
  //
  // The preview will be large enough for a detector that works at `detection_long_side_px`.
  static std::optional<JpegSurgery> open(ByteView file, const Limits& limits, int detection_long_side_px,
                                         OtherCodings other_codings = OtherCodings::kRewrite);

  JpegSurgery(JpegSurgery&&) noexcept;
  JpegSurgery& operator=(JpegSurgery&&) noexcept;
  ~JpegSurgery();

  Size size() const;
  const Bytes& icc_profile() const;

  // The whole picture at 1/8, 1/4, 1/2 or its full size (sides rounded up), grey or RGB.
  ImageView preview() const;

  // Rows of pixels that change together where one of them does.
  int mcu_height_px() const;

  // `area`, which must meet the picture, grown to whole MCUs and clipped to the picture.
  Rect patch_area(const Rect& area) const;

  // Areas for `decode` so that each of `changed` lies in one together with `supports`, what it reads,
  // of the same index, and with those of every other change that meets the area. Both lists have one
  // size; changes outside the picture are left out.
  std::vector<Rect> patch_areas(std::span<const Rect> supports, std::span<const Rect> changed) const;

  // The pixels of patch_area(area), equal to those that `decode` makes of the whole file.
  Patch decode(const Rect& area) const;

  // The same, but only blocks that meet one of `exact` are sure to be equal. Another may have its mean
  // colour all over, which takes less time and is enough for sums over many pixels.
  Patch decode(const Rect& area, std::span<const Rect> exact) const;

  // The file with the MCUs that meet one of `changed` taken from `patches`, without metadata but
  // the colour profile. Outside these MCUs no coefficient differs from the source; where EXIF turns
  // the picture its blocks have been moved and turned, which loses nothing. What a changed
  // MCU's pixels become is what `encode` makes of them.
  //
  // `changed` must hold every pixel that redaction is to change. For each of them, the MCUs that it
  // meets must lie in one patch, and the MCUs of two that are in different patches must not overlap:
  // else std::logic_error is thrown and there is no file.
  Bytes write(std::span<const RedactedPatch> patches, std::span<const Rect> changed) const;

 private:
  struct State;
  explicit JpegSurgery(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace face_privacy
