// What a recognizer makes of a face: a direction, near to those of the same person's other faces. It tells
// who somebody is (biometric data), so its memory is cleared when it is given back.
#pragma once

#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace face_privacy {

// Overwrites what it gives back.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>& /*other*/) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    ::explicit_bzero(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const WipingAllocator&) const = default;
};

// Of length 1; empty: none.
using Embedding = std::vector<float, WipingAllocator<float>>;

// Of length 1 in the same direction. Empty where there is no direction: all zero, or a value that is no
// finite number.
Embedding unit(std::span<const float> values);

// The cosine of the angle between two, -1..1: 1 is the same, strangers are near 0. -1 where their sizes
// differ: they are of different recognizers.
float similarity(const Embedding& one, const Embedding& other);

// The direction of the middle of `faces`; empty for none, for different sizes, and for what points nowhere.
Embedding mean_of(std::span<const Embedding> faces);

}  // namespace face_privacy
