#include "codec/codec.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "codec/test_support.h"

namespace face_privacy {
namespace {

// Nothing but what has been through redaction can be written.
template <class T>
constexpr bool kCanBeEncoded = requires(const T& value) {
  encode(value, EncodeOptions{});
};
static_assert(kCanBeEncoded<RedactedPhoto>);
static_assert(!kCanBeEncoded<Photo>);
static_assert(!kCanBeEncoded<Image>);
static_assert(!kCanBeEncoded<ImageView>);
static_assert(!std::is_constructible_v<RedactedPhoto, Photo>);

struct FileKind {
  const char* name;
  Format format;
};
constexpr FileKind kFiles[] = {
    {"420.jpg", Format::kJpeg},      {"rgb8.png", Format::kPng},   {"lossy.webp", Format::kWebp},
    {"8bit.avif", Format::kAvif},    {"8bit.heic", Format::kHeic}, {"lzw.tiff", Format::kTiff},
    {"bigtiff.tiff", Format::kTiff}, {"still.gif", Format::kGif},
};

TEST(Sniff, TellsFormatsByContent) {
  for (const FileKind& file : kFiles) EXPECT_EQ(sniff_format(test_file(file.name)), file.format) << file.name;
  EXPECT_FALSE(sniff_format({}));
  EXPECT_FALSE(sniff_format(byte_view("a text that somebody named photo.jpg")));
  EXPECT_FALSE(sniff_format(byte_view("%PDF-1.7 and so on")));
  EXPECT_FALSE(sniff_format(byte_view("<svg xmlns='http://www.w3.org/2000/svg'/>")));
}

TEST(Sniff, AFormatHasOneNameEach) {
  for (const FileKind& file : kFiles) EXPECT_EQ(format_from_name(name_of(file.format)), file.format);
  EXPECT_EQ(format_from_name("jpg"), Format::kJpeg);
  EXPECT_FALSE(format_from_name("bmp"));
}

TEST(Decode, WhatIsNoPhotoIsSaidToBeNone) {
  EXPECT_EQ(decode_error({}), ErrorCode::kNotAPhoto);
  EXPECT_EQ(decode_error(byte_view("a text that somebody named photo.jpg")), ErrorCode::kNotAPhoto);
  EXPECT_EQ(decode_error(test_file("README.md")), ErrorCode::kNotAPhoto);
}

TEST(Decode, EveryFileIsWhatItsHeaderSays) {
  for (const FileKind& file : kFiles) {
    const Bytes bytes = test_file(file.name);
    const auto header = read_header(bytes, Limits{});
    ASSERT_TRUE(header) << file.name;
    const Photo photo = decoded(bytes);
    EXPECT_EQ(header->format, file.format);
    EXPECT_EQ(header->size, photo.frame_size()) << file.name;
    EXPECT_EQ(header->frame_count, photo.frame_count) << file.name;
    EXPECT_EQ(header->size, (Size{48, 32})) << file.name;
  }
}

// All of its pixels, or of an animation the first frames'.
bool gives_the_same_pixels(ByteView file, ByteView whole) {
  const auto photo = decode(file, Limits{});
  if (!photo) return false;
  const Photo expected = decoded(whole);
  const bool is_all = photo->frame_count == expected.frame_count || photo->source.format == Format::kGif;
  const Rect frames{0, 0, photo->pixels.width(), photo->pixels.height()};
  return is_all && max_difference(photo->pixels.view(), expected.pixels.view().crop(frames)) == 0;
}

// Every prefix: a decoder that guesses the rest would show up here. The last bytes of a JPEG or GIF,
// which say no more than that it ends, may be missing, and a GIF may end behind any frame.
TEST(Decode, ATruncatedFileIsAnErrorWhereverItEnds) {
  for (const char* name :
       {"420.jpg",      "progressive.jpg", "restart.jpg",      "arithmetic.jpg", "gray.jpg",
        "cmyk.jpg",     "rgb8.png",        "rgb16.png",        "interlaced.png", "palette8.png",
        "lossy.webp",   "lossless.webp",   "alpha_lossy.webp", "animated.webp",  "8bit.avif",
        "12bit.avif",   "grid.avif",       "8bit.heic",        "lzw.tiff",       "tiled.tiff",
        "deflate.tiff", "still.gif",       "animated.gif"}) {
    const Bytes file = test_file(name);
    const std::size_t step = file.size() > 2000 ? 7 : 1;
    for (std::size_t length = 0; length < file.size(); length += step) {
      const ErrorCode code = decode_error(ByteView(file).first(length));
      const bool may_lack_end =
          code == ErrorCode::kIo && gives_the_same_pixels(ByteView(file).first(length), file);
      EXPECT_TRUE(may_lack_end || code == ErrorCode::kDamagedPhoto ||
                  (length < 32 && code == ErrorCode::kNotAPhoto))
          << name << " cut to " << length << " bytes gives " << name_of(code);
    }
  }
}

TEST(Decode, LimitsHoldForEveryFormat) {
  for (const FileKind& file : kFiles) {
    const Bytes bytes = test_file(file.name);
    const auto code = [&](const Limits& limits) {
      const auto header = read_header(bytes, limits);
      const ErrorCode from_header = header ? ErrorCode::kIo : header.error().code;
      EXPECT_EQ(decode_error(bytes, limits), from_header) << file.name;
      return from_header;
    };
    EXPECT_EQ(code({.max_bytes = bytes.size() - 1}), ErrorCode::kTooManyBytes) << file.name;
    EXPECT_EQ(code({.max_bytes = bytes.size()}), ErrorCode::kIo) << file.name;
    EXPECT_EQ(code({.max_pixels = 48 * 32 - 1}), ErrorCode::kTooManyPixels) << file.name;
    EXPECT_EQ(code({.max_pixels = 48 * 32}), ErrorCode::kIo) << file.name;
    EXPECT_EQ(code({.max_side = 47}), ErrorCode::kTooManyPixels) << file.name;
    EXPECT_EQ(code({.max_side = 48}), ErrorCode::kIo) << file.name;
  }
}

TEST(Decode, LimitsHoldForAllFramesTogether) {
  for (const char* name : {"animated.gif", "animated.webp", "pages.tiff"}) {
    const Bytes bytes = test_file(name);
    ASSERT_EQ(decoded(bytes).frame_count, 4) << name;
    EXPECT_EQ(decode_error(bytes, {.max_frames = 3}), ErrorCode::kTooManyFrames) << name;
    EXPECT_EQ(decode_error(bytes, {.max_pixels = 4 * 48 * 32 - 1}), ErrorCode::kTooManyPixels) << name;
    EXPECT_EQ(decode_error(bytes, {.max_pixels = 4 * 48 * 32}), ErrorCode::kIo) << name;
  }
}

TEST(Decode, EveryExifOrientationComesOutUpright) {
  for (const char* extension : {"png", "webp", "tiff"}) {
    const Photo upright = decoded(test_file(std::string("orientation_1.") + extension));
    for (int orientation = 2; orientation <= 8; ++orientation) {
      const Bytes file = test_file("orientation_" + std::to_string(orientation) + "." + extension);
      const Photo turned = decoded(file);
      EXPECT_EQ(turned.source.orientation, orientation);
      EXPECT_EQ(max_difference(turned.pixels.view(), upright.pixels.view()), 0) << extension << orientation;
      EXPECT_EQ(read_header(file, Limits{})->size, (Size{48, 32}));
      const Photo again = decoded(rewritten(file));
      EXPECT_EQ(again.source.orientation, 1);
      EXPECT_EQ(max_difference(again.pixels.view(), upright.pixels.view()), 0) << extension << orientation;
    }
  }
}

TEST(Decode, AFormatWithItsOwnTurningIsTurnedOnce) {
  const Photo photo = decoded(test_file("turned.avif"));
  EXPECT_EQ(photo.frame_size(), (Size{32, 48}));
  EXPECT_EQ(photo.source.orientation, 1);
}

TEST(Encode, LosslessFormatsKeepEverySample) {
  for (const char* name : {"rgb8.png",
                           "rgb16.png",
                           "gray8.png",
                           "gray16.png",
                           "gray1.png",
                           "palette8.png",
                           "palette2.png",
                           "palette_transparent.png",
                           "rgba8.png",
                           "gray_alpha8.png",
                           "interlaced.png",
                           "lossless.webp",
                           "alpha_lossless.webp",
                           "none.tiff",
                           "rgb16.tiff",
                           "cmyk.tiff",
                           "gray.tiff",
                           "alpha.tiff",
                           "pages.tiff",
                           "tiled.tiff",
                           "bilevel.tiff",
                           "palette.tiff",
                           "still.gif",
                           "transparent.gif",
                           "animated.gif",
                           "animated.webp"}) {
    const Photo before = decoded(test_file(name));
    const Photo after = decoded(rewritten(test_file(name)));
    EXPECT_EQ(max_difference(before.pixels.view(), after.pixels.view()), 0) << name;
    EXPECT_EQ(before.frame_count, after.frame_count) << name;
    EXPECT_EQ(before.source.format, after.source.format) << name;
    EXPECT_EQ(before.frame_delays_ms, after.frame_delays_ms) << name;
    EXPECT_EQ(before.loop_count, after.loop_count) << name;
  }
}

TEST(Encode, LossyFormatsStayClose) {
  for (const char* name :
       {"420.jpg", "lossy.webp", "8bit.avif", "gray.avif", "alpha.avif", "alpha_lossy.webp"}) {
    const Photo before = decoded(test_file(name));
    const Photo after = decoded(rewritten(test_file(name)));
    EXPECT_LT(mean_difference(before.pixels.view(), after.pixels.view()), 6) << name;
  }
}

TEST(Encode, AnAnimationKeepsItsTimes) {
  EXPECT_EQ(decoded(test_file("animated.gif")).frame_delays_ms, (std::vector{50, 100, 20, 70}));
  EXPECT_EQ(decoded(test_file("animated.webp")).frame_delays_ms, (std::vector{50, 100, 5, 70}));
  EXPECT_EQ(decoded(test_file("animated.webp")).loop_count, 3);
  EXPECT_EQ(decoded(rewritten(test_file("animated_once.gif"))).loop_count, 1);
  // From one to the other: a GIF counts time in hundredths of a second.
  const Bytes gif = encoded(decoded(test_file("animated.webp")), {.format = Format::kGif});
  EXPECT_EQ(decoded(gif).frame_delays_ms, (std::vector{50, 100, 10, 70}));
  EXPECT_EQ(decoded(gif).loop_count, 3);
}

TEST(Encode, AnimationsAreRefusedWhereAFrameWouldBeLost) {
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kAvif, Format::kTiff}) {
    const auto file = try_encode(decoded(test_file("animated.gif")), {.format = format});
    ASSERT_FALSE(file) << name_of(format);
    EXPECT_EQ(file.error().code, ErrorCode::kUnsupportedPhoto);
  }
  EXPECT_EQ(decode_error(test_file("animated.png")), ErrorCode::kUnsupportedPhoto);
  EXPECT_EQ(decode_error(test_file("sequence.avif")), ErrorCode::kUnsupportedPhoto);
  EXPECT_EQ(decode_error(test_file("unequal_pages.tiff")), ErrorCode::kUnsupportedPhoto);
}

TEST(Encode, NothingButTheProfileIsLeftOfTheMetadata) {
  for (const char* name : {"metadata.jpg", "metadata.png"}) {
    const Bytes before = test_file(name);
    ASSERT_TRUE(contains(before, "SECRET")) << name;
    for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp, Format::kAvif, Format::kTiff}) {
      const Photo photo = decoded(before);
      ASSERT_FALSE(photo.icc_profile.empty()) << name;
      const Bytes after = encoded(decoded(before), {.format = format});
      for (const char* trace : {"SECRET", "Exif", "http:", "Photoshop", "GPS"}) {
        EXPECT_FALSE(contains(after, trace)) << name << " as " << name_of(format) << ": " << trace;
      }
      EXPECT_EQ(decoded(after).icc_profile, photo.icc_profile) << name << " as " << name_of(format);
      EXPECT_EQ(decoded(after).frame_size(), (Size{32, 48}));
    }
  }
}

TEST(Encode, HeicBecomesJpeg) {
  EXPECT_EQ(output_format(Format::kHeic, {}), Format::kJpeg);
  const Bytes file = rewritten(test_file("8bit.heic"));
  EXPECT_EQ(sniff_format(file), Format::kJpeg);
  const auto refused = try_encode(decoded(test_file("rgb8.png")), {.format = Format::kHeic});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupportedPhoto);
}

TEST(Encode, EveryStillPictureCanBecomeEveryWrittenFormat) {
  for (const char* name : {"420.jpg", "gray.jpg", "cmyk.jpg", "rgb16.png", "gray16.png", "rgba8.png",
                           "gray_alpha8.png", "cmyk.tiff", "alpha.avif", "gray.avif", "transparent.gif"}) {
    for (const Format format :
         {Format::kJpeg, Format::kPng, Format::kWebp, Format::kAvif, Format::kTiff, Format::kGif}) {
      const Photo photo = decoded(test_file(name));
      const Photo written = decoded(encoded(decoded(test_file(name)), {.format = format}));
      EXPECT_EQ(written.frame_size(), photo.frame_size()) << name << " as " << name_of(format);
      EXPECT_EQ(written.source.format, format);
    }
  }
}

TEST(Encode, WideSamplesStayWideWhereTheFormatHasThem) {
  const Photo png = decoded(test_file("rgb16.png"));
  ASSERT_EQ(png.pixels.layout().bytes_per_sample, 2);
  EXPECT_EQ(decoded(encoded(decoded(test_file("rgb16.png")), {.format = Format::kTiff})).pixels.layout(),
            png.pixels.layout());
  EXPECT_EQ(decoded(encoded(decoded(test_file("rgb16.png")), {.format = Format::kAvif})).source.bit_depth,
            12);
  // To 8 bits the nearest value is taken.
  const Size size{64, 48};
  const Photo narrow = decoded(encoded(sample_photo(size, {ColorModel::kGray, false, 2}, Format::kPng),
                                       {.format = Format::kJpeg, .quality = 100}));
  EXPECT_LE(max_difference(narrow.pixels.view(), sample_image(size, kGray8).view()), 3);
}

TEST(Encode, AlphaGoesOntoWhite) {
  Photo photo = sample_photo({16, 16}, {ColorModel::kRgb, true, 1}, Format::kPng);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) photo.pixels.mutable_view().row(y)[x * 4 + 3] = x < 8 ? 0 : 255;
  }
  const Photo jpeg = decoded(encoded(std::move(photo), {.format = Format::kJpeg, .quality = 100}));
  EXPECT_FALSE(jpeg.pixels.layout().alpha);
  EXPECT_GE(jpeg.pixels.view().row(8)[0], 250);
}

TEST(Encode, ColorsNamedByCodePointsAreKeptOrRefused) {
  const Photo hdr = decoded(test_file("10bit_hdr.avif"));
  ASSERT_EQ(hdr.color_codes, (ColorCodes{9, 16}));
  EXPECT_EQ(decoded(rewritten(test_file("10bit_hdr.avif"))).color_codes, hdr.color_codes);
  const Bytes png = encoded(decoded(test_file("10bit_hdr.avif")), {.format = Format::kPng});
  EXPECT_EQ(decoded(png).color_codes, hdr.color_codes);
  const auto jpeg = try_encode(decoded(test_file("10bit_hdr.avif")), {.format = Format::kJpeg});
  ASSERT_FALSE(jpeg);
  EXPECT_EQ(jpeg.error().code, ErrorCode::kUnsupportedPhoto);
  // Display P3 has a profile that says the same.
  Photo p3 = sample_photo({16, 16}, kRgb8, Format::kAvif);
  p3.color_codes = ColorCodes{12, 13};
  EXPECT_FALSE(decoded(encoded(std::move(p3), {.format = Format::kJpeg})).icc_profile.empty());
}

TEST(Encode, AvifThatWouldTakeAllMemoryIsNotStarted) {
  Photo deep = sample_photo({16, 16}, kRgb8, Format::kPng);
  deep.pixels = Image({8'000, 4'001}, {ColorModel::kGray, false, 2});
  const auto avif = try_encode(std::move(deep), {.format = Format::kAvif});
  ASSERT_FALSE(avif);
  EXPECT_EQ(avif.error().code, ErrorCode::kTooCostly);
  const PhotoHeader wide{Format::kPng, {8'001, 8'000}};
  EXPECT_EQ(check_encode_cost(wide, Format::kWebp).error().code, ErrorCode::kTooCostly);
  EXPECT_EQ(check_encode_cost(wide, Format::kAvif).error().code, ErrorCode::kTooCostly);
  EXPECT_TRUE(check_encode_cost(wide, Format::kJpeg));
  EXPECT_TRUE(check_encode_cost(wide, Format::kPng));
}

TEST(Encode, CmykIsConvertedOnlyWhereItMustBe) {
  const Photo cmyk = decoded(test_file("cmyk.jpg"));
  ASSERT_EQ(cmyk.pixels.layout().model, ColorModel::kCmyk);
  EXPECT_EQ(decoded(rewritten(test_file("cmyk.jpg"))).pixels.layout(), cmyk.pixels.layout());
  const Photo png = decoded(encoded(decoded(test_file("cmyk.jpg")), {.format = Format::kPng}));
  EXPECT_EQ(png.pixels.layout(), kRgb8);
  // The file was made without black: full yellow and magenta at the right bottom is still reddish.
  const std::uint8_t* red_corner = png.pixels.view().row(2) + 46 * 3;
  EXPECT_GT(red_corner[0], red_corner[1]);
}

}  // namespace
}  // namespace face_privacy
