#include "media/small_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "media/frame_handle.h"

namespace face_privacy {
namespace {

Size shrunk(Size size, int long_side_px) {
  const int longer = std::max(size.width, size.height);
  if (longer <= long_side_px) return size;
  const auto side = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * long_side_px / longer)));
  };
  return {side(size.width), side(size.height)};
}

// PQ (SMPTE ST 2084) to the gamma of a screen whose white is at 203 cd/m2 (ITU-R BT.2408), with what is
// brighter rolled off.
std::array<std::uint8_t, 256> pq_to_screen() {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double root = std::pow(static_cast<double>(i) / 255, 1 / 78.84375);
    const double linear = 10'000 * std::pow(std::max(0.0, root - 0.8359375) / (18.8515625 - 18.6875 * root),
                                            1 / 0.1593017578125);
    const double relative = linear / 203;
    const double rolled = relative / (1 + 0.25 * relative);
    table[i] = static_cast<std::uint8_t>(std::lround(255 * std::pow(std::min(1.0, rolled), 1 / 2.2)));
  }
  return table;
}

int swscale_matrix(const VideoFrame& frame) {
  switch (frame.color.matrix) {
    case AVCOL_SPC_BT709: return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M: return SWS_CS_ITU601;
    default: return frame.size.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }
}

// libswscale writes whole vectors, also beyond a row's end.
constexpr int kVectorPx = 32;

Image with_room_for_vectors(Size size) {
  return {{(size.width + kVectorPx - 1) / kVectorPx * kVectorPx, size.height + 1}, kRgb8};
}

struct Rgb {
  std::uint8_t r, g, b;
};

}  // namespace

struct SmallPicture::Impl {
  Upright upright;
  Size size;     // small, as the frame is stored
  Image stored;  // larger
  Image shown;
  UniqueScaler scaler;
  bool is_pq = false;

  void start(const VideoFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(handle_of(frame)->format);
    scaler.reset(
        or_bad_alloc(sws_getContext(frame.size.width, frame.size.height, format, size.width, size.height,
                                    AV_PIX_FMT_RGB24, SWS_AREA, nullptr, nullptr, nullptr)));
    const int* matrix = sws_getCoefficients(swscale_matrix(frame));
    constexpr int kOne = 1 << 16;
    sws_setColorspaceDetails(scaler.get(), matrix, frame.color.full_range ? 1 : 0,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, kOne, kOne);
    is_pq = frame.color.transfer == AVCOL_TRC_SMPTE2084;
  }

  void scale(const VideoFrame& frame) {
    const AVFrame& source = *handle_of(frame);
    MutableImageView target = stored.mutable_view();
    std::uint8_t* rows[] = {target.data};
    const int strides[] = {static_cast<int>(target.stride_bytes)};
    sws_scale(scaler.get(), source.data, source.linesize, 0, frame.size.height, rows, strides);
    if (!is_pq) return;
    static const auto kTable = pq_to_screen();
    std::for_each(target.data, target.data + stored.size_bytes(), [](std::uint8_t& s) { s = kTable[s]; });
  }

  ImageView stored_view() const { return stored.view().crop({0, 0, size.width, size.height}); }

  void turn() {
    const int width = shown.width();
    const int height = shown.height();
    const MutableImageView target = shown.mutable_view();
    const ImageView source = stored_view();
    for (int v = 0; v < height; ++v) {
      auto* row = reinterpret_cast<Rgb*>(target.row(v));
      const int y = upright.flips_y() ? height - 1 - v : v;
      for (int u = 0; u < width; ++u) {
        const int x = upright.flips_x() ? width - 1 - u : u;
        row[u] = upright.transposes() ? reinterpret_cast<const Rgb*>(source.row(x))[y]
                                      : reinterpret_cast<const Rgb*>(source.row(y))[x];
      }
    }
  }
};

SmallPicture::SmallPicture(const Upright& upright, int long_side_px) : impl_(std::make_unique<Impl>()) {
  const Size size = shrunk(upright.shown(), long_side_px);
  impl_->upright = upright;
  const Size turned = upright.transposes() ? Size{size.height, size.width} : size;
  impl_->size = turned;
  impl_->stored = with_room_for_vectors(turned);
  if (upright.transposes() || upright.flips_x() || upright.flips_y()) impl_->shown = Image(size, kRgb8);
}
SmallPicture::~SmallPicture() = default;
SmallPicture::SmallPicture(SmallPicture&&) noexcept = default;
SmallPicture& SmallPicture::operator=(SmallPicture&&) noexcept = default;

ImageView SmallPicture::of(const VideoFrame& frame) {
  if (impl_->scaler == nullptr) impl_->start(frame);
  impl_->scale(frame);
  if (impl_->shown.width() == 0) return impl_->stored_view();
  impl_->turn();
  return impl_->shown.view();
}

float LumaChange::to(const VideoFrame& frame) {
  // Means of strips of a few rows, 64 by 36 of them or fewer: one row in eight is read.
  constexpr int kColumns = 64;
  constexpr int kRowStep = 8;
  const VideoPlane& luma = frame.planes[0];
  const int columns = std::min(kColumns, luma.size.width);
  const int strip = luma.size.width / columns;
  const double full = (1 << frame.bit_depth) - 1;
  std::vector<float> means;
  for (int y = kRowStep / 2 < luma.size.height ? kRowStep / 2 : 0; y < luma.size.height; y += kRowStep) {
    for (int column = 0; column < columns; ++column) {
      const std::ptrdiff_t first = std::ptrdiff_t{column} * strip;
      std::uint32_t sum = 0;
      if (frame.bit_depth > 8) {
        const auto* samples = reinterpret_cast<const std::uint16_t*>(luma.row(y)) + first;
        for (int i = 0; i < strip; ++i) sum += samples[i];
      } else {
        const std::uint8_t* samples = luma.row(y) + first;
        for (int i = 0; i < strip; ++i) sum += samples[i];
      }
      means.push_back(static_cast<float>(sum * 255.0 / full / strip));
    }
  }
  float difference = 0;
  if (before_.size() == means.size()) {
    for (std::size_t i = 0; i < means.size(); ++i) difference += std::abs(means[i] - before_[i]);
    difference /= static_cast<float>(std::max<std::size_t>(1, means.size()));
  }
  before_ = std::move(means);
  return difference;
}

}  // namespace face_privacy
