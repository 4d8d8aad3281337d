// Pixels in memory. Samples are interleaved, rows are top to bottom, 16-bit samples are in the
// machine's byte order, alpha is not premultiplied and comes last. CMYK is stored as ink (0 = none).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "image/geometry.h"

namespace face_privacy {

// kYcc is JFIF's luma and two chromas, kChroma the chromas alone: they are found in planes of a JPEG
// file, never in a Photo.
enum class ColorModel : std::uint8_t { kGray, kRgb, kCmyk, kYcc, kChroma };

struct PixelLayout {
  ColorModel model = ColorModel::kRgb;
  bool alpha = false;
  int bytes_per_sample = 1;  // 1 or 2

  int color_channels() const {
    switch (model) {
      case ColorModel::kGray: return 1;
      case ColorModel::kChroma: return 2;
      case ColorModel::kRgb:
      case ColorModel::kYcc: return 3;
      case ColorModel::kCmyk: return 4;
    }
    return 0;
  }
  int channels() const { return color_channels() + (alpha ? 1 : 0); }
  int bytes_per_pixel() const { return channels() * bytes_per_sample; }
  bool operator==(const PixelLayout&) const = default;
};

inline constexpr PixelLayout kRgb8{ColorModel::kRgb, false, 1};
inline constexpr PixelLayout kGray8{ColorModel::kGray, false, 1};

// A window on somebody else's pixels; valid while they live and are not moved.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::size_t stride_bytes = 0;
  PixelLayout layout;

  Size size() const { return {width, height}; }
  const std::uint8_t* row(int y) const { return data + static_cast<std::size_t>(y) * stride_bytes; }
  ImageView crop(const Rect& inside) const;  // `inside` must lie within the view
};

struct MutableImageView {
  std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::size_t stride_bytes = 0;
  PixelLayout layout;

  Size size() const { return {width, height}; }
  std::uint8_t* row(int y) const { return data + static_cast<std::size_t>(y) * stride_bytes; }
  MutableImageView crop(const Rect& inside) const;
  operator ImageView() const {  // NOLINT(google-explicit-constructor)
    return {data, width, height, stride_bytes, layout};
  }
};

// Owns its pixels. Memory comes from a pool that keeps a few large blocks per process, because
// fresh pages for every photo cost more than the work on them; it is not cleared.
class Image {
 public:
  Image() = default;
  Image(Size size, PixelLayout layout);  // throws std::bad_alloc

  Image(Image&&) noexcept = default;
  Image& operator=(Image&&) noexcept = default;
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  Image clone() const;

  int width() const { return size_.width; }
  int height() const { return size_.height; }
  Size size() const { return size_; }
  const PixelLayout& layout() const { return layout_; }
  std::size_t stride_bytes() const {
    return static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(layout_.bytes_per_pixel());
  }
  std::size_t size_bytes() const { return stride_bytes() * static_cast<std::size_t>(size_.height); }
  ImageView view() const;
  MutableImageView mutable_view();

 private:
  struct ReturnToPool {
    std::size_t capacity_bytes;
    std::size_t used_bytes;
    void operator()(std::uint8_t* block) const noexcept;
  };
  Size size_;
  PixelLayout layout_;
  std::unique_ptr<std::uint8_t[], ReturnToPool> pixels_;
};

}  // namespace face_privacy
