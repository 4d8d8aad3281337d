// The changed MCUs of one part of a picture, and where inserts and the source take turns in a scan.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "codec/jpeg/in_place/plane.h"
#include "codec/jpeg/scan/block_store.h"
#include "codec/jpeg/scan/frame_header.h"

namespace face_privacy::jpeg {

struct Insert {
  std::vector<Rect> changed;  // MCUs of the picture
  Rect bounds;                // of all of them
  BlockStore blocks;          // of the bounds, row by row; those that are not changed are skipped

  // Where an MCU of the picture is in the bounds' own order.
  std::size_t index_of(std::size_t mcu, const Layout& picture) const;
};

// Rectangles `changed` of MCUs, which lie in the picture, from samples of its planes. Throws
// std::logic_error if `patches` do not hold them. `picture` must outlive the result.
Insert make_insert(const RedactedPlanePatches& patches, std::vector<Rect> changed, const Layout& picture,
                   std::span<const JpegPlane> planes);

// MCUs first <= i < end of the picture, which come from an insert or, where it is null, from the source.
struct Run {
  std::size_t first;
  std::size_t end;
  const Insert* insert;
};

// The whole picture in the order of its scan. Throws std::logic_error where two inserts have one MCU.
std::vector<Run> runs_of(std::span<const Insert* const> inserts, const Layout& picture);

}  // namespace face_privacy::jpeg
