// Changes a part of a JPEG file and leaves the rest as it is, to the coefficient.
//
// The entropy-coded scan is read once. On the way it leaves an index of its MCUs (the blocks of
// pixels that are coded together, 8 or 16 pixels a side) and a small image to find faces in. The blocks
// of a part of the picture become samples, as the file has them: luma, and chroma of mostly half its
// width and height. Redacted samples become blocks with the file's own quantizers, which take the place
// of the old ones between bits that are copied.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "codec/jpeg/in_place/plane.h"
#include "image/photo.h"

namespace face_privacy {

struct JpegHeader;

// What to do with arithmetic-coded files, several sequential scans, and what the reader of progressive files
// leaves. libjpeg can write them anew in one scan that can be worked on; for a preview alone that takes
// longer than `decode`.
enum class UnsupportedCoding { kRewrite, kReject };

// What the MCUs of one part become, as a file has them.
class EditedMcus {
 public:
  EditedMcus(EditedMcus&&) noexcept;
  EditedMcus& operator=(EditedMcus&&) noexcept;
  ~EditedMcus();

 private:
  friend class JpegEditor;
  struct State;
  explicit EditedMcus(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// All edits of a picture, and what they must cover. Only a redactor seals them, and only sealed ones are
// written.
class JpegEdits {
 public:
  // `planned`: pixels of the picture, as the editor counts them, that the edits must cover.
  explicit JpegEdits(std::vector<Rect> planned) : planned_(std::move(planned)) {}
  void add(EditedMcus part) { parts_.push_back(std::move(part)); }

  std::span<const Rect> planned() const { return planned_; }
  std::span<const EditedMcus> parts() const { return parts_; }

 private:
  std::vector<Rect> planned_;
  std::vector<EditedMcus> parts_;
};

// Immutable once opened; thread-safe. All coordinates are pixels of the picture as `write` stores it, which
// is upright where `orientation` is 1.
class JpegEditor {
 public:
  using Edits = JpegEdits;

  // Nothing for a file that is better left to `decode` and `encode`: one that is no JPEG, breaks a
  // limit, is damaged or odd in any way, or is of a kind not handled here (CMYK, 12 bit, chromas sampled
  // unlike each other). What opens, `decode` would accept.
  // `file` must outlive the result.
  //
  // The preview's long side will be at least `min_preview_px`, or the picture's own.
  static std::optional<JpegEditor> open(ByteView file, const Limits& limits, int min_preview_px,
                                        UnsupportedCoding unsupported = UnsupportedCoding::kRewrite);

  // The same for a file whose header has been read: null where it is of no kind to be edited as it is coded.
  static std::optional<JpegEditor> open(ByteView file, const JpegHeader* header, const Limits& limits,
                                        int min_preview_px, UnsupportedCoding unsupported);

  JpegEditor(JpegEditor&&) noexcept;
  JpegEditor& operator=(JpegEditor&&) noexcept;
  ~JpegEditor();

  Size size() const;

  // EXIF's, 1 to 8, as the written file has it. Mostly 1, whatever the source's was. Where the source's turns
  // a side that ends within an MCU, what pads that MCU would come to lie at the left or the top, where a file
  // can have no padding: such a picture is stored as it was, and its orientation is all the metadata it has.
  int orientation() const;

  // The whole picture, upright, at 1/8, 1/4, 1/2 or its full size (sides rounded up), gray or RGB.
  ImageView preview() const;

  // `area` of the upright picture, which it must lie in, at full size, upright, gray or RGB.
  Image pixels(const Rect& area) const;

  // Rows of pixels that change together where one of them does.
  int mcu_height_px() const;

  // `area`, which must meet the picture, grown to whole MCUs and clipped to the picture.
  Rect patch_area(const Rect& area) const;

  // Groups changes, each of pixels of the upright picture, that share an MCU, transitively: each group of
  // indices, ascending, must become one edit. A change outside the picture is in no group.
  std::vector<std::vector<int>> groups(std::span<const std::vector<Rect>> changes) const;

  // Of the upright picture.
  const std::vector<JpegPlane>& planes() const;

  // The samples of patch_area(area), within 1 of those that libjpeg makes of the file.
  PlanePatches decode(const Rect& area) const;

  // The same, but only MCUs that intersect one of `exact` are decoded exactly. Any other may be one flat
  // value per component, the mean of a block, which costs almost nothing and is enough for sums over many.
  PlanePatches decode(const Rect& area, std::span<const Rect> exact) const;

  // The blocks of the MCUs that meet one of `changed`, which must hold every pixel that redaction has
  // changed. A block whose samples are as `decode` gave them is what it was but for rounding. Where the
  // patches do not hold all of these MCUs std::logic_error is thrown.
  //
  // An insert is for this file alone and must not outlive it.
  EditedMcus encode(const RedactedPlanePatches& patches, std::span<const Rect> changed) const;

  // The file with these edits, without metadata but the color profile. Elsewhere no coefficient differs
  // from the source; where EXIF turns the picture its blocks have been moved and turned, which loses
  // nothing. Throws std::logic_error where two edits have the same MCU, or where one that is planned to
  // change has none.
  Bytes write(const Redacted<JpegEdits>& edits) const;

 private:
  struct State;
  explicit JpegEditor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace face_privacy
