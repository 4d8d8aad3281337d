#pragma once

#include <string.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.h"

namespace face_privacy {

// Bytes as they arrive. Memory is taken at once where the length is known, but not touched, so a
// client that announces much and sends little costs little. It is wiped before somebody else gets it.
class BodyBuffer {
 public:
  BodyBuffer() = default;
  BodyBuffer(BodyBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  BodyBuffer& operator=(BodyBuffer&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~BodyBuffer() { wipe(); }

  ByteView view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    std::unique_ptr<std::uint8_t[]> larger(new std::uint8_t[capacity]);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    wipe();
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }

  // Room for `bytes` more, to be filled and then committed.
  std::span<std::uint8_t> prepare(std::size_t bytes) {
    if (size_ + bytes > capacity_) reserve(std::max(size_ + bytes, 2 * capacity_));
    return {bytes_.get() + size_, bytes};
  }
  void commit(std::size_t bytes) { size_ += bytes; }

 private:
  void wipe() {
    if (size_ > 0) ::explicit_bzero(bytes_.get(), size_);
  }

  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace face_privacy
