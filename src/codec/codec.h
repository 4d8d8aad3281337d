// Bytes to pixels and back. Formats are told by content. Metadata does not survive; the color
// profile does. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/shared/format.h"
#include "image/photo.h"

namespace face_privacy {

// Loads and starts the libraries that other photos than JPEGs take, and JPEGs that become something else, so
// that a process that is forked afterwards needs neither files nor time for it. Once; threads are not
// started.
void prepare_codecs();

// Only the header is read.
Result<PhotoHeader> read_header(ByteView file, const Limits& limits);

// The whole photo, upright. Errors: kNotAPhoto, kDamagedPhoto (also for a truncated file, even
// where a decoder could guess the rest), kTooManyBytes, kTooManyPixels, kTooManyFrames.
Result<Photo> decode(ByteView file, const Limits& limits);

// kTooCostly where writing it in this format would take too much time or memory; `encode` asks as well.
Result<void> check_encode_cost(const PhotoHeader& photo, Format format);

// About the most memory, in bytes, that decoding takes with all that it gives; and writing it as `output`,
// where it is written.
std::uint64_t working_bytes(const PhotoHeader& photo, std::optional<Format> output);

// A whole file. An animation to a format that has none is kUnsupportedPhoto; 16 bits become 8 and
// alpha goes onto white where the format needs it.
Result<Bytes> encode(const RedactedPhoto& photo, const EncodeOptions& options);

}  // namespace face_privacy
