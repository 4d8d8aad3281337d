// Progressive Huffman-coded JPEG files: read to the last bit of every coefficient, and written anew in one
// sequential scan.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/limits.h"
#include "codec/jpeg/scan/coefficients.h"
#include "codec/jpeg/scan/frame_header.h"

namespace face_privacy::jpeg {

struct ProgressivePicture {
  std::unique_ptr<const Layout> layout;  // what `coefficients` refer to
  Coefficients coefficients;
};

// `header` is what read_progressive_layout read of the file. Nothing for a file that is better left to
// libjpeg: one that lacks EOI or a bit of a coefficient, or has anything that libjpeg would warn of or that
// no usual encoder writes. The layout's tables, restart interval and `scan_begin` are those of the last scan
// and of no use.
std::optional<ProgressivePicture> read_progressive(ByteView file, const Layout& header);

// The same where the header has not been read. Nothing as well for a file of another kind.
std::optional<ProgressivePicture> read_progressive(ByteView file, const Limits& limits);

struct SequentialFile {
  Bytes file;  // without metadata
  Layout layout;
};

// The same coefficients in one scan without restart markers, with the best tables for them: what libjpeg's
// jpeg_write_coefficients makes. The layout has the orientation and the color profile of `file`.
std::optional<SequentialFile> progressive_as_sequential(ByteView file, const Layout& header);

}  // namespace face_privacy::jpeg
