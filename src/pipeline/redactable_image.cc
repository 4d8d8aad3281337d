#include "pipeline/redactable_image.h"

#include <optional>
#include <utility>

#include "codec/jpeg/in_place/editor.h"
#include "codec/jpeg/in_place/header.h"
#include "codec/shared/orientation.h"
#include "image/resize.h"
#include "pipeline/stored_regions.h"
#include "redact/in_place.h"

namespace face_privacy {
namespace {

class RedactedPhotoImage final : public RedactedImage {
 public:
  RedactedPhotoImage(RedactedPhoto photo, EncodeOptions encoding)
      : photo_(std::move(photo)), encoding_(encoding) {}
  Result<Bytes> encode() const override { return face_privacy::encode(photo_, encoding_); }

 private:
  RedactedPhoto photo_;
  EncodeOptions encoding_;
};

class DecodedImage final : public RedactableImage {
 public:
  DecodedImage(Photo photo, EncodeOptions encoding) : photo_(std::move(photo)), encoding_(encoding) {}

  Size size() const override { return photo_.frame_size(); }
  int frame_count() const override { return photo_.frame_count; }
  bool is_edited_in_place() const override { return false; }
  ImageView preview(int frame) const override { return photo_.frame(frame); }
  Image detail(int frame, const Rect& area) const override {
    return resize_to_rgb8(photo_.frame(frame).crop(area), {area.width, area.height});
  }

  Result<std::unique_ptr<const RedactedImage>> redact(std::span<const std::vector<Region>> regions,
                                                      const RedactOptions& options,
                                                      const StopCondition& /*stop*/) override {
    return std::make_unique<const RedactedPhotoImage>(Redactor::redact(std::move(photo_), regions, options),
                                                      encoding_);
  }

 private:
  Photo photo_;
  EncodeOptions encoding_;
};

class RedactedJpeg final : public RedactedImage {
 public:
  RedactedJpeg(JpegEditor editor, Redacted<JpegEdits> edits)
      : editor_(std::move(editor)), edits_(std::move(edits)) {}
  Result<Bytes> encode() const override { return editor_.write(edits_); }

 private:
  JpegEditor editor_;
  Redacted<JpegEdits> edits_;
};

class JpegInPlace final : public RedactableImage {
 public:
  explicit JpegInPlace(JpegEditor editor) : editor_(std::move(editor)) {}

  Size size() const override { return upright_size(editor_.size(), editor_.orientation()); }
  int frame_count() const override { return 1; }
  bool is_edited_in_place() const override { return true; }
  ImageView preview(int /*frame*/) const override { return editor_.preview(); }
  Image detail(int /*frame*/, const Rect& area) const override { return editor_.pixels(area); }

  Result<std::unique_ptr<const RedactedImage>> redact(std::span<const std::vector<Region>> regions,
                                                      const RedactOptions& options,
                                                      const StopCondition& stop) override {
    auto edits = Redactor::redact_in_place(editor_, as_stored(regions[0], editor_), options, stop);
    if (!edits) return fail(edits);
    return std::make_unique<const RedactedJpeg>(std::move(editor_), std::move(*edits));
  }

 private:
  JpegEditor editor_;
};

// Nothing where everything must be decoded: the file or what is wanted of it is not for an edit in place.
std::optional<JpegEditor> open_in_place(const OpenedPhoto& photo, const Limits& limits, const ImageUse& use) {
  if (use.jpeg_path == JpegPath::kGeneral || photo.header.format != Format::kJpeg) return std::nullopt;
  if (use.encoding.quality || use.encoding.format.value_or(Format::kJpeg) != Format::kJpeg) {
    return std::nullopt;
  }
  const bool leave = use.for_preview || use.jpeg_path == JpegPath::kInPlace;
  const UnsupportedCoding unsupported = leave ? UnsupportedCoding::kReject : UnsupportedCoding::kRewrite;
  auto editor = JpegEditor::open(photo.file, photo.in_place.get(), limits, use.min_preview_px, unsupported);
  // libjpeg may have judged the header and the editor what libjpeg made of it: all hold to what was told
  // first.
  if (editor && upright_size(editor->size(), editor->orientation()) != photo.header.size) return std::nullopt;
  return editor;
}

}  // namespace

Result<OpenedPhoto> open_photo(ByteView file, const Limits& limits) {
  if (auto photo = open_photo_in_place(file, limits)) return std::move(*photo);
  const auto header = read_header(file, limits);
  if (!header) return fail(header);
  return OpenedPhoto{file, *header};
}

std::optional<OpenedPhoto> open_photo_in_place(ByteView file, const Limits& limits) {
  auto header = read_jpeg_header_in_place(file, limits);
  if (!header) return std::nullopt;
  const PhotoHeader photo = header->photo();
  return OpenedPhoto{file, photo, std::make_shared<const JpegHeader>(std::move(*header))};
}

Result<std::unique_ptr<RedactableImage>> open_image(const OpenedPhoto& photo, const Limits& limits,
                                                    const ImageUse& use) {
  if (auto editor = open_in_place(photo, limits, use)) {
    return std::make_unique<JpegInPlace>(std::move(*editor));
  }
  if (use.jpeg_path == JpegPath::kInPlace) {
    return fail(ErrorCode::kUnsupportedPhoto, "The photo cannot be edited in place.");
  }
  if (!use.for_preview) {
    const Format format = output_format(photo.header.format, use.encoding);
    if (auto fits = check_encode_cost(photo.header, format); !fits) return fail(fits);
  }
  auto decoded = decode(photo.file, limits);
  if (!decoded) return fail(decoded);
  return std::make_unique<DecodedImage>(std::move(*decoded), use.encoding);
}

}  // namespace face_privacy
