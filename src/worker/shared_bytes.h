// Bytes that one process writes and another reads, without a file: memory that has a descriptor. It is
// on no disk (but for swap), and its pages are wiped by the kernel when nobody holds them any more.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/descriptor.h"

namespace face_privacy {

// A copy of `bytes` that nobody can change, shrink or grow any more. Empty where there is no memory or
// no descriptor left.
Descriptor share_bytes(ByteView bytes);

// Shared bytes as they are seen by a process that got the descriptor. Move-only.
class MappedBytes {
 public:
  MappedBytes() = default;
  MappedBytes(MappedBytes&& other) noexcept;
  MappedBytes& operator=(MappedBytes&& other) noexcept;
  ~MappedBytes();

  // Nothing where the descriptor is not what `share_bytes` makes: whoever sent it could still change
  // the bytes, or take them away under the reader, which is a SIGBUS.
  static std::optional<MappedBytes> map(const Descriptor& shared);

  ByteView view() const { return {data_, size_}; }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace face_privacy
