// What the codec's tests share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "codec/codec.h"

namespace face_privacy {

// A file of tests/testdata/codec, whose README tells what each is.
Bytes test_file(const std::string& name);

// Decodes with the default limits, and fails the test if that does not work.
Photo decoded(ByteView file);

// The code that decoding or reading the header gives; kIo if it works.
ErrorCode decode_error(ByteView file, const Limits& limits = {});

// Through redaction with nothing to redact, and encoded.
Result<Bytes> try_encode(Photo photo, const EncodeOptions& options = {});
Bytes encoded(Photo photo, const EncodeOptions& options = {});
// Decoded and written again in its own format.
Bytes rewritten(ByteView file);

// The largest difference of two samples; fails the test if size or layout differ.
int max_difference(const ImageView& a, const ImageView& b);
double mean_difference(const ImageView& a, const ImageView& b);

bool contains(ByteView bytes, std::string_view text);

// A picture of soft gradients and one hard edge, without symmetry.
Image sample_image(Size size, PixelLayout layout);
Photo sample_photo(Size size, PixelLayout layout, Format format);

}  // namespace face_privacy
