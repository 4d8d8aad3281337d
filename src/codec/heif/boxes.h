// Boxes of the ISO base media file format, ISO/IEC 14496-12, 4.2.
#pragma once

#include <optional>
#include <string_view>

#include "base/byte_reader.h"
#include "base/bytes.h"

namespace face_privacy {

struct HeifBox {
  std::string_view type;  // four letters
  ByteView whole;         // with its header
  ByteView content;
};

// Takes the first box of a row of them off `boxes`. Nothing where none is left, or it does not fit.
inline std::optional<HeifBox> take_box(ByteView& boxes) {
  ByteReader reader(boxes);
  std::uint64_t length = reader.number(4);
  const std::string_view type = reader.text(4);
  if (length == 1) {
    length = reader.number(8);
  } else if (length == 0) {
    length = boxes.size();  // up to the end
  }
  const std::size_t header = reader.position();
  if (!reader.ok() || length < header || length > boxes.size()) return std::nullopt;
  const HeifBox box{type, boxes.first(length), boxes.subspan(header, length - header)};
  boxes = boxes.subspan(length);
  return box;
}

}  // namespace face_privacy
