// The chunks of a PNG file (ISO/IEC 15948).
#pragma once

#include <string_view>

#include "base/byte_reader.h"
#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

inline constexpr std::size_t kPngSignatureBytes = 8;

struct PngChunk {
  std::string_view type;  // 4 letters
  ByteView data;
  ByteView whole;  // with length, type and checksum
};

// Goes from chunk to chunk. The file must start with the signature.
class PngChunks {
 public:
  explicit PngChunks(ByteView file) : file_(file), reader_(file) { reader_.skip(kPngSignatureBytes); }

  // The next chunk; kDamagedPhoto if the file ends before it does.
  Result<PngChunk> next();

  // Whether the file ends here, within the chunk that would end it or before.
  bool lacks_an_end() const;

 private:
  ByteView file_;
  ByteReader reader_;
};

bool checksum_is_right(const PngChunk& chunk);
void append_png_chunk(std::string_view type, ByteView data, Bytes& file);

}  // namespace face_privacy
