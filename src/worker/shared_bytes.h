// Bytes that one process writes and another reads, without a file: memory that has a descriptor. It is
// on no disk (but for swap), and its pages are wiped by the kernel when nobody holds them any more.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/descriptor.h"

namespace face_privacy {

// A copy of `bytes` that nobody can change, shrink or grow any more. Empty where there is no memory or
// no descriptor left.
Descriptor share_bytes(ByteView bytes);

// Bytes that another process handed over. Move-only.
class HandedBytes {
 public:
  HandedBytes() = default;

  // Shared bytes, as they are seen by a process that got the descriptor. Nothing where it is not what
  // `share_bytes` makes: whoever sent it could still change the bytes, or take them away under the reader,
  // which is a SIGBUS.
  static std::optional<HandedBytes> map(const Descriptor& shared);
  // Of its own, overwritten in the end.
  static HandedBytes copy_of(ByteView bytes);

  ByteView view() const { return {bytes_.get(), bytes_ ? bytes_.get_deleter().size : 0}; }

 private:
  struct Release {
    std::size_t size;
    bool is_mapped;
    void operator()(const std::uint8_t* bytes) const noexcept;
  };
  std::unique_ptr<const std::uint8_t[], Release> bytes_;
};

// Memory that two processes share for a while, so that no page has to be fetched anew for what they hand
// over: both may write to it, and neither can shrink or grow it. Move-only.
class SharedArea {
 public:
  // All zero. Nothing where there is no memory or no descriptor left.
  static std::optional<SharedArea> make(std::size_t size);
  // In a process that got the descriptor; nothing where it is not what `make` makes.
  static std::optional<SharedArea> map(const Descriptor& shared);

  // For the other process; only after `make`, and once.
  Descriptor take_descriptor() { return std::move(shared_); }
  std::span<std::uint8_t> bytes() const { return {bytes_.get(), bytes_ ? bytes_.get_deleter().size : 0}; }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::uint8_t* bytes) const noexcept;
  };
  Descriptor shared_;
  std::unique_ptr<std::uint8_t[], Unmap> bytes_;
};

}  // namespace face_privacy
