// What the pipeline redacts, wherever it comes from. Two models: a photo that is decoded and encoded
// again, and a JPEG of which only the blocks that a region touches are decoded and written.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/stop_condition.h"
#include "codec/codec.h"
#include "redact/redact.h"

namespace face_privacy {

struct JpegHeader;

// Everything is redacted; nothing else can be encoded.
class RedactedImage {
 public:
  virtual ~RedactedImage() = default;
  virtual Result<Bytes> encode() const = 0;
};

class RedactableImage {
 public:
  virtual ~RedactableImage() = default;

  virtual Size size() const = 0;  // of a frame, upright
  virtual int frame_count() const = 0;
  // Outside the regions not a coefficient will change.
  virtual bool is_edited_in_place() const = 0;
  // What the detector looks at: a frame at its full size or smaller, as small as was asked for.
  virtual ImageView preview(int frame) const = 0;
  // `area` of a frame, which it must lie in, at full size. A preview of full size is cheaper.
  virtual Image detail(int frame, const Rect& area) const = 0;

  // `regions[i]` belongs to frame i; one list for each frame. To be called once.
  virtual Result<std::unique_ptr<const RedactedImage>> redact(std::span<const std::vector<Region>> regions,
                                                              const RedactOptions& options,
                                                              const StopCondition& stop) = 0;
};

// How a JPEG is worked on; all give the same faces the same redaction.
enum class JpegPath {
  kFastest,  // where the file allows, only the blocks that a region touches are decoded and written
  kInPlace,  // so, or not at all: no library of others reads the file. Else kUnsupportedPhoto
  kGeneral,  // everything is decoded and encoded; for comparison
};

// A file whose header has been read, once, for all who ask what it is. The bytes are the caller's.
struct OpenedPhoto {
  ByteView file;
  PhotoHeader header;
  std::shared_ptr<const JpegHeader> in_place = nullptr;  // of a JPEG that can be edited as it is coded
};

// Errors are those of `read_header`.
Result<OpenedPhoto> open_photo(ByteView file, const Limits& limits);

// The same for a JPEG whose header is of the kinds that are edited in place, and nothing for any other file.
// No library is asked.
std::optional<OpenedPhoto> open_photo_in_place(ByteView file, const Limits& limits);

struct ImageUse {
  JpegPath jpeg_path = JpegPath::kFastest;
  int min_preview_px = 1;    // of a preview's long side, or the picture's own
  bool for_preview = false;  // it will not be redacted
  EncodeOptions encoding;
};

// `photo.file` must outlive the result. Errors are those of `decode`.
Result<std::unique_ptr<RedactableImage>> open_image(const OpenedPhoto& photo, const Limits& limits,
                                                    const ImageUse& use);

}  // namespace face_privacy
