#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/limits.h"

namespace face_privacy::jpeg {

// By libjpeg: a progressive or arithmetic-coded file, or one with a scan for each component, written anew
// with the same coefficients in one sequential Huffman-coded scan, without metadata. Nothing for files of any
// other kind, damaged ones, and ones whose coefficients are not all known to their last bit: libjpeg
// smooths the pixels of those.
std::optional<Bytes> as_one_scan(ByteView file, const Limits& limits);

}  // namespace face_privacy::jpeg
